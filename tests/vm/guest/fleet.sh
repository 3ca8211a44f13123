# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # scenarios use these
# What the scenarios fleet-* share: a whole system with a distribution's and a vendor's package sources (lib/fleet.sh).

# shellcheck source=kmend.sh
. "$VM_DIR/guest/kmend.sh"
RELEASE=6.1.0-50-amd64
UNIX=CVE-2026-52928 EVENTFD=CVE-2026-90001 PARAMS=CVE-2026-90002 EXT4=CVE-2026-90003
PATCH=kmend-patch-$RELEASE

condition_of() { kmend status | awk -v id="$1" '$1 == id { print $2 }'; }
conditions() { for id in "$@"; do printf '%s ' "$(condition_of "$id")"; done; }
package_of() { dpkg-query -W -f '${db:Status-Status}\n' "$PATCH-${1,,}" 2>/dev/null | grep -x installed || echo none; }
publish() { ln -sfn "$VM_PAYLOAD/vendor/$1" /srv/vendor && apt-get update -q >/dev/null; }
# show COMMAND...: its output goes to the reader, and stays in $OUTPUT
show() {
	OUTPUT=$("$@" 2>&1)
	STATUS=$?
	printf '$ %s\n%s\n' "$*" "$OUTPUT"
}
since_boot() { systemctl show -p "$2" --value "$1"; }


# The two package sources, and what a guest cannot have.
system() {
	mkdir -p /srv /etc/apt/keyrings
	cp "$VM_PAYLOAD/key.gpg" "$VM_PAYLOAD/vendor.gpg" /etc/apt/keyrings
	ln -sfn "$VM_PAYLOAD/old/repo" /srv/debian
	printf '%s\n' 'deb [signed-by=/etc/apt/keyrings/key.gpg] file:/srv/debian ./' \
		'deb [signed-by=/etc/apt/keyrings/vendor.gpg] file:/srv/vendor ./' >/etc/apt/sources.list
	echo 'update_initramfs=no' >/etc/initramfs-tools/update-initramfs.conf # the host boots the guest
	cat >/etc/apt/apt.conf.d/90guest <<-'END'
		APT::Cmd::Disable-Script-Warning "true";
		Unattended-Upgrade::Origins-Pattern { "origin=Vendor"; };
	END
	systemctl mask --now apt-daily.timer apt-daily-upgrade.timer 2>/dev/null
}
