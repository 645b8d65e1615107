#!/bin/sh
# Makes the passwords and the key that compose.yaml hands to its services as files. Run again, it
# makes what is missing and keeps what is there.
#
# The folder is closed to everybody else on this machine; the files in it must be readable by the
# users inside the containers (10001 is the monitor's).
set -eu
umask 077

folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/secrets
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

random_hex() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
random_key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_'; }

if [ ! -s database-password ]; then random_hex >database-password; fi
if [ ! -s grafana-password ]; then random_hex >grafana-password; fi
if [ ! -s webhook-token ]; then random_hex >webhook-token; fi
if [ ! -s xueliang.key ]; then random_key >xueliang.key; fi
if [ ! -s xueliang.toml ]; then
    cat >xueliang.toml <<TOML
# The monitor's configuration; docs/configuration.md lists every setting.
[database]
url = "postgresql://xueliang:$(cat database-password)@database:5432/xueliang"
TOML
fi

chmod 444 database-password grafana-password webhook-token
if [ "$(id -u)" -eq 0 ]; then
    chown 10001:10001 xueliang.key xueliang.toml
    chmod 400 xueliang.key xueliang.toml
else
    chmod 444 xueliang.key xueliang.toml
fi
echo "secrets are in $folder; keep a copy of xueliang.key apart from the database's backups"
