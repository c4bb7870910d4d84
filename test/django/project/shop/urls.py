import json

from django.contrib import auth
from django.contrib.auth.models import User
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.dateparse import parse_datetime

from .values import from_tagged, to_tagged


def respond(request, **more):
    return JsonResponse({"user": request.user.username or None, **more})


def login(request):
    body = json.loads(request.body)
    user = auth.authenticate(request, username=body["name"], password=body["password"])
    if user is None:
        return HttpResponse(status=401)
    auth.login(request, user)
    return respond(request)


def logout(request):
    auth.logout(request)
    return respond(request)


def whoami(request):
    return respond(request)


def members(request):
    return respond(request) if request.user.is_authenticated else HttpResponse(status=401)


def cart(request):
    """POST puts fields into the session, GET reads all that are not reserved."""
    for name, value in json.loads(request.body or "{}").items():
        request.session[name] = from_tagged(value)
    return JsonResponse({name: to_tagged(value) for name, value in request.session.items() if not name.startswith("_")})


def touch(request):
    """Changes one field and no other: everything else is read, and written back as this side holds it."""
    request.session["touched"] = request.session.get("touched", 0) + 1
    return respond(request)


def expiry(request):
    """POST sets it: seconds, an ISO moment, or null."""
    if request.method == "POST":
        choice = json.loads(request.body)["choice"]
        request.session.set_expiry(parse_datetime(choice) if isinstance(choice, str) else choice)
    session = request.session
    return JsonResponse(
        {
            "age": session.get_expiry_age(),
            "type": type(session.get("_session_expiry")).__name__,
            "browser": session.get_expire_at_browser_close(),
        }
    )


def password(request):
    """A new password; with `keep` the session that asked stays logged in."""
    body = json.loads(request.body)
    user = User.objects.get(username=body["name"])
    # Django's own view asks who it is before it changes the password: afterwards the session would not hold any more.
    asking = request.user if body.get("keep") else None
    if asking:
        asking.is_authenticated
    user.set_password(body["password"])
    user.save()
    if asking:
        auth.update_session_auth_hash(request, user)
    return JsonResponse({})


def user(request, key):
    """What a Nest app would read from the table auth_user."""
    found = User.objects.filter(**key, is_active=True).first()
    return JsonResponse({"id": found.pk, "name": found.username, "passwordHash": found.password} if found else None, safe=False)


def deactivate(request):
    User.objects.filter(username=json.loads(request.body)["name"]).update(is_active=False)
    return respond(request)


def new_user(request):
    body = json.loads(request.body)
    created = User.objects.create_user(body["name"], password=body["password"])
    return JsonResponse({"id": created.pk})


def stored(request):
    return JsonResponse({"fields": sorted(request.session.keys()), "hash": request.session.get("_auth_user_hash")})


urlpatterns = [
    path("login", login),
    path("logout", logout),
    path("whoami", whoami),
    path("members", members),
    path("cart", cart),
    path("touch", touch),
    path("expiry", expiry),
    path("password", password),
    path("stored", stored),
    path("deactivate", deactivate),
    path("users", new_user),
    path("users/<int:pk>", lambda request, pk: user(request, {"pk": pk})),
    path("users/by-name/<str:name>", lambda request, name: user(request, {"username": name})),
]
