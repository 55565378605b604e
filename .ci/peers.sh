#!/usr/bin/env bash
# Runs the tests that talk to programs made by others: OAI-PMH harvesters in Perl and JavaScript, vsftpd, ProFTPD, Chromium.
# They, and a PostgreSQL, are installed as root on Debian; elsewhere it says what is missing, and fails.
#
# The tests get: HUB_PEERS=1 (a missing peer is then a failure); oai_pmh, catmandu, node, proftpd, ftpasswd and vsftpd on
# the PATH; NODE_PATH, so that require("oai-pmh") works. Their names begin with TestPeers.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=$PWD/.bin/peers
mkdir -p "$peers/bin"

.ci/tool.sh oai_pmh libhttp-oai-perl
.ci/tool.sh catmandu libcatmandu-oai-perl libcatmandu-perl
TOOL_FOLDERS=/usr/sbin .ci/tool.sh proftpd proftpd-core proftpd-mod-crypto
.ci/tool.sh node nodejs
.ci/tool.sh npm npm
.ci/tool.sh chromium chromium fonts-dejavu-core

# Debian lets only one FTP server be installed: vsftpd is unpacked beside ProFTPD, with the libraries it needs.
if [ ! -x "$peers/bin/vsftpd" ] && [ ! -x /usr/sbin/vsftpd ]; then
	TOOL_FOLDERS=/usr/sbin .ci/tool.sh tcpd tcpd # brings libwrap, the only one a Debian may lack
	(
		cd "$peers"
		apt-get download vsftpd >/dev/null 2>&1 || { apt-get update && apt-get download vsftpd; } >/dev/null
		dpkg-deb -x vsftpd_*.deb vsftpd && rm vsftpd_*.deb
	)
	ln -sf ../vsftpd/usr/sbin/vsftpd "$peers/bin/vsftpd"
fi
# Its compiled-in jail, where it keeps a process with nothing to reach.
[ -d /var/run/vsftpd/empty ] || mkdir -p /var/run/vsftpd/empty

if [ ! -d "$peers/node_modules/oai-pmh" ] || [ ! -d "$peers/node_modules/playwright-core" ] || [ ! -d "$peers/node_modules/axe-core" ]; then
	npm install --prefix "$peers" --no-audit --no-fund --no-save oai-pmh@2.0.3 playwright-core@1.64.1 axe-core@4.14.1
fi

export HUB_PEERS=1 PATH=$peers/bin:/usr/sbin:$PATH NODE_PATH=$peers/node_modules

deploy/check.sh

mapfile -t packages < <(git grep -l --untracked HUB_PEERS -- '*_test.go' | xargs -rn1 dirname | sort -u | sed 's|^|./|')
if [ ${#packages[@]} = 0 ]; then
	echo "no test looks at HUB_PEERS" >&2
	exit 1
fi
# All the others have been played by test.sh.
.ci/with-postgres.sh go test -count=1 -timeout=30m -run='^TestPeers' "${packages[@]}"
