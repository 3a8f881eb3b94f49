#!/bin/sh
# Installs the Debian packages that the tests talk to, when we are root on a Debian; says so when it cannot.
set -u
missing=""
for pair in redis-server:redis-server dovecot:dovecot-imapd postfix:postfix chromium:chromium strace:strace \
            faketime:faketime iptables:iptables ip:iproute2 openssl:openssl; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 \
        || missing="$missing ${pair##*:}"
done
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "not installed, their tests are skipped:$missing" >&2
    exit 0
fi
echo "installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
# servers are started by the tests themselves, on private sockets and high ports: no service of the machine
printf '#!/bin/sh\nexit 101\n' > /tmp/policy-rc.d.$$
if [ ! -e /usr/sbin/policy-rc.d ]; then
    install -m 755 /tmp/policy-rc.d.$$ /usr/sbin/policy-rc.d && trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
rm -f /tmp/policy-rc.d.$$
apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null \
    || echo "some packages could not be installed:$missing" >&2
