# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # scenarios use these
# What scenarios on RPM systems share. Source it: . "$VM_DIR/guest/rpm.sh"

# shellcheck source=kmend.sh
. "$VM_DIR/guest/kmend.sh"
RELEASE=$(uname -r)
R=${RELEASE//./_}
SEED=kmend-patches-$R

# publish NAME: the vendor's repository is now that one.
publish() { ln -sfn "$VM_PAYLOAD/$1/repo" /srv/vendor; }

# An rpm database where rpm distributions have it, instead of Debian's; the vendor's repository, whose signatures count.
rpm_system() {
	rm -rf /var/lib/dpkg
	mkdir -p /etc/rpm /etc/dnf /etc/yum.repos.d /srv /var/lib/rpm
	printf '%%_dbpath /var/lib/rpm\n' >/etc/rpm/macros.dbpath
	rpm --initdb
	# dnf takes the release from a package that provides it; there is none here.
	mkdir -p /etc/dnf/vars && echo 1 >/etc/dnf/vars/releasever
	printf '[main]\nplugins=1\ninstallonly_limit=3\nkeepcache=0\nmetadata_expire=0\nbest=1\n' >/etc/dnf/dnf.conf
	cat >/etc/yum.repos.d/vendor.repo <<-END
		[vendor]
		name=vendor
		baseurl=file:///srv/vendor
		gpgcheck=1
		repo_gpgcheck=1
		gpgkey=file://$VM_PAYLOAD/key.asc
	END
}

dnf() { command dnf -q -y "$@"; }
