# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A slurm cluster of one node, this machine, for the time of a test: daemons, keys and state of its own, on the loopback only.
# Sourced. Where slurm-wlm is not installed the tests that need it are skipped: installing it would start services.

# cluster_missing: why there can be none; fails if there can
cluster_missing() {
	local program
	for program in munged slurmctld slurmd sbatch; do
		command -v $program >/dev/null || { echo "slurm-wlm is not installed"; return 0; }
	done
	((EUID)) || return 1
	echo "slurm's daemons want root"
}

# cluster_start DIR: its programs then find it by SLURM_CONF. Fails, with the daemons' words, if it does not come.
cluster_start() {
	local host try
	host=$(hostname -s)
	mkdir -p "$1/run" "$1/state" "$1/spool" && mkdir -m 700 "$1/munge" && head -c 128 /dev/urandom >"$1/munge/key" &&
		chmod 600 "$1/munge/key" && chmod 755 "$1" "$1/run" || return
	# Ports of its own, so that several runs, and a real cluster, do not meet.
	cat >"$1/slurm.conf" <<-END
		ClusterName=kmend-test
		SlurmctldHost=$host(127.0.0.1)
		SlurmUser=root
		SlurmdUser=root
		AuthType=auth/munge
		AuthInfo=socket=$1/run/munge
		SlurmctldPort=$((20000 + $$ % 10000))
		SlurmdPort=$((30000 + $$ % 10000))
		StateSaveLocation=$1/state
		SlurmdSpoolDir=$1/spool
		SlurmctldPidFile=$1/run/slurmctld.pid
		SlurmdPidFile=$1/run/slurmd.pid
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU
		MpiDefault=none
		ReturnToService=2
		NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
		PartitionName=all Nodes=ALL Default=YES State=UP
	END
	export SLURM_CONF=$1/slurm.conf
	CLUSTER=()
	munged --foreground --force --key-file="$1/munge/key" --socket="$1/run/munge" --pid-file="$1/run/munge.pid" \
		--log-file="$1/munge/log" --seed-file="$1/munge/seed" >"$1/munged.out" 2>&1 &
	CLUSTER+=($!)
	for ((try = 0; try < 300; try++)); do
		[[ -S $1/run/munge ]] && break
		sleep 0.1
	done
	slurmctld -D -c >"$1/slurmctld.out" 2>&1 &
	CLUSTER+=($!)
	slurmd -D >"$1/slurmd.out" 2>&1 &
	CLUSTER+=($!)
	for ((try = 0; try < 300; try++)); do
		[[ $(sinfo -h 2>/dev/null) == *idle* ]] && return
		sleep 0.1
	done
	cat "$1"/*.out >&2
	cluster_stop
	return 1
}

cluster_stop() {
	kill "${CLUSTER[@]}" 2>/dev/null
	wait "${CLUSTER[@]}" 2>/dev/null
	CLUSTER=()
}
