#!/bin/sh
# Makes the secrets compose.yaml reads, in secrets/; what is there already stays as it is.
# Needs openssl, and .env (see env.example) for the FTP server's name.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets # what guards the files that any account inside a container may read
mkdir -p secrets/ils
chmod 755 secrets/ils # the passwords of the libraries' own systems, for `hub library import`: you write them
mkdir -p secrets/authorities
chmod 755 secrets/authorities # certificates of authorities of your own: you put them there

absent() { [ ! -e "secrets/$1" ]; }

if absent postgres-password || absent pgpass; then
	password=$(openssl rand -hex 32)
	printf '%s\n' "$password" >secrets/postgres-password
	printf 'postgres:5432:hub:hub:%s\n' "$password" >secrets/pgpass
	chmod 444 secrets/pgpass # the hub reads it as its own account, 10001
fi

if absent ftp-password; then
	ftp/account.sh secrets/ftp-accounts hub --poller </dev/null >secrets/ftp-password
	chmod 444 secrets/ftp-password
fi

if absent ftp-certificate || absent ftp-key; then
	name=$(sed -n 's/^FTP_NAME=//p' .env)
	[ -n "$name" ] || { echo "secrets.sh: .env gives no FTP_NAME" >&2; exit 1; }
	openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \
		-keyout secrets/ftp-key -out secrets/ftp-certificate 2>/dev/null
	chmod 444 secrets/ftp-certificate
	echo "secrets/ftp-certificate signs itself: put a recognised one in its place, or give it to the libraries" >&2
fi

if absent smtp-relay; then
	echo "write secrets/smtp-relay: one line, town NAME:PASSWORD, the account at your mail server" >&2
fi
