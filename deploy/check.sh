#!/usr/bin/env bash
# Parses every file of this folder with its own tool. A tool that is not there is named, and its files are left
# unchecked; under continuous integration (CI=true) it is installed first.
set -Eeuo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
PATH=$PATH:/usr/sbin:/sbin

# have PROGRAM [PACKAGE]: is it there, or can it be made so?
have() {
	command -v "$1" >/dev/null && return
	if [ "${CI:-}" = true ] && [ $# = 2 ]; then ../.ci/tool.sh "$1" "$2" && return; fi
	echo "deploy: no $1 here: what it checks was not checked" >&2
	return 1
}

scripts() {
	have shellcheck shellcheck || return 0
	shellcheck ./*.sh ftp/*.sh ../.ci/* ../internal/pgtest/server.sh
}

yaml() {
	have yamllint yamllint || return 0
	yamllint --strict -d '{extends: relaxed, rules: {line-length: {max: 140}}}' ./*.yaml ../.golangci.yaml
}

# In a copy: compose wants the files of secrets/ to be named, not to be there.
compose() {
	local tool
	if docker compose version >/dev/null 2>&1; then
		tool="docker compose"
	elif have docker-compose docker-compose; then
		tool=docker-compose
	else
		return 0
	fi
	mkdir -p "$scratch/ftp" "$scratch/mail"
	cp compose.yaml "$scratch/"
	sed 's/^# HUB_/HUB_/' env.example >"$scratch/.env"
	(cd "$scratch" && $tool config >said && grep -q 'HUB_MAX_DOCUMENT: 1GiB' said)
}

unit() {
	have systemd-analyze systemd || return 0
	# The program is not installed here; any will do.
	sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' systemd/hub.service >"$scratch/hub.service"
	local said
	said=$(systemd-analyze verify --man=no "$scratch/hub.service" 2>&1 | grep -F hub.service || true)
	if [ -n "$said" ]; then
		printf 'systemd/hub.service:\n%s\n' "$said" >&2
		return 1
	fi
	systemd-analyze security --offline=true --threshold=20 "$scratch/hub.service" >"$scratch/exposure" ||
		{ tail -n 1 "$scratch/exposure" >&2; return 1; }
}

accounts() {
	have systemd-sysusers systemd && [ "$(id -u)" = 0 ] || return 0
	local root=$scratch/root
	mkdir -p "$root/etc/hub/ils" && touch "$root/etc/hub/hub.yaml" && (umask 077 && touch "$root/etc/hub/ils/beauvoir")
	systemd-sysusers --root="$root" "$PWD/systemd/hub.sysusers" 2>/dev/null
	systemd-tmpfiles --root="$root" --create "$PWD/systemd/hub.tmpfiles"
	[ "$(stat -c %a "$root/etc/hub/credentials")" = 700 ] && [ "$(stat -c %a "$root/etc/hub/hub.yaml")" = 640 ]
	# What `hub library import` reads, as the hub: it may, nobody else.
	local group
	group=$(sed -n 's/^hub:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/group")
	[ "$(stat -c %a:%g "$root/etc/hub/ils")" = "750:$group" ] && [ "$(stat -c %a:%g "$root/etc/hub/ils/beauvoir")" = "640:$group" ]
}

ftp() {
	have proftpd || return 0
	have openssl openssl || return 0
	cp -r env.example secrets.sh ftp "$scratch/"
	cp env.example "$scratch/.env"
	"$scratch/secrets.sh" 2>/dev/null
	# The account it runs under exists in its image only.
	sed -E 's/^(User|Group)( +).*/\1\2root/' ftp/proftpd.conf >"$scratch/proftpd.conf"
	FTP_NAME=ftp.example.fr FTP_ADDRESS=192.0.2.10 FTP_ACCOUNTS=$scratch/secrets/ftp-accounts \
		FTP_CERTIFICATE=$scratch/secrets/ftp-certificate FTP_KEY=$scratch/secrets/ftp-key \
		proftpd --configtest --config "$scratch/proftpd.conf" >"$scratch/said" 2>&1 ||
		{ cat "$scratch/said" >&2; return 1; }
}

relay() {
	have smtpd || return 0
	echo 'town account:password' >"$scratch/smtp-relay"
	sed "s|/run/secrets|$scratch|" mail/smtpd.conf >"$scratch/smtpd.conf"
	smtpd -n -f "$scratch/smtpd.conf" 2>"$scratch/said" || { cat "$scratch/said" >&2; return 1; }
}

for part in scripts yaml compose unit accounts ftp relay; do
	# Not `$part || ...`: the shell would then go on after a failure inside the function.
	trap 'echo "deploy: the check of $part failed" >&2' ERR
	$part
done
