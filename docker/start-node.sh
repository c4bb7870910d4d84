#!/bin/sh
# Starts one Redis or Sentinel. Both rewrite their configuration (who is whose replica, who is primary), so each gets a copy of its
# own that it may write; a node that is started again goes on from what it wrote last.
set -eu

conf="$(dirname "$0")"
own="${DATA_DIR:-/data}"
file="$own/$ROLE.conf"

if [ ! -e "$file" ]; then
  {
    echo "port $PORT"
    echo "dir $own"
    if [ "$ROLE" = redis ]; then
      cat "$conf/redis.conf"
      echo "replica-announce-ip $ANNOUNCE_HOST"
      echo "replica-announce-port $PORT"
      if [ "$PORT" != "$PRIMARY_PORT" ]; then echo "replicaof $ANNOUNCE_HOST $PRIMARY_PORT"; fi
    else
      # Before the first address: Sentinel resolves names only from where this stands on.
      echo 'sentinel resolve-hostnames yes'
      echo 'sentinel announce-hostnames yes'
      echo "sentinel announce-ip $ANNOUNCE_HOST"
      echo "sentinel announce-port $PORT"
      echo "sentinel monitor mymaster $ANNOUNCE_HOST $PRIMARY_PORT 2"
      cat "$conf/sentinel.conf"
    fi
  } >"$file.new"
  mv "$file.new" "$file"
fi

if [ "$ROLE" = sentinel ]; then exec redis-server "$file" --sentinel; fi
exec redis-server "$file"
