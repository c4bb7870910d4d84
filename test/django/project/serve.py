"""Serves the project on a free port of 127.0.0.1 until its standard input ends; the first line it prints tells the port."""
import json
import os
import sys
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


application = get_wsgi_application()
call_command("migrate", verbosity=0)

server = make_server("127.0.0.1", 0, application, server_class=Server, handler_class=Handler)
threading.Thread(target=end_with_parent, daemon=True).start()
print(json.dumps({"port": server.server_port, "django": django.get_version()}), flush=True)
server.serve_forever()
