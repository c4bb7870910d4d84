"""A KEY_FUNCTION of a team's own, and its way back."""


def backwards(key, key_prefix, version):
    return "%s|%s|%s" % (version, key, key_prefix)


def forwards(stored):
    return stored.split("|")[1]
