"""The changes of behaviour that the model knows, oldest first.

Each names the release that brought it, where that stands,
and how sure the release is: *documented* in a manual page, a changelog or what others wrote of the commit,
*bracketed* between two source trees, *confirmed* in a source tree, *remembered* where none was at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Change:
    """One change of behaviour.

    `since` is the release that brought it; ``distribution`` if no release of kernel.org has it.
    """

    name: str
    since: str
    what: str
    source: str
    certainty: str


# Three lines each: name, release and certainty; what changed; where that stands.
_TABLE: Final = """
pid-namespaces 2.6.24 documented
  clone(2) knows CLONE_NEWPID
  pid_namespaces(7)
network-namespaces 2.6.24 documented
  clone(2) and unshare(2) know CLONE_NEWNET
  network_namespaces(7)
user-namespace-in-credentials 2.6.29 remembered
  A new user namespace makes its first process user 0 without groups; unshare(2) loses CLONE_NEWUSER
  create_user_ns(), commit 18b6e0414e42
keyrings-found-by-user-namespace 2.6.30 remembered
  A keyring of a name is looked for among those of the caller's user namespace
  find_keyring_by_name(), commits 1d1e97562e5e, 2ea190d0a006
cap-syslog 2.6.37 documented
  CAP_SYSLOG, the last capability is 34
  capabilities(7)
capabilities-per-user-namespace 2.6.39 remembered
  Capabilities count relative to a user namespace, and its creator has all of them
  cap_capable(), commit 3486740a4f32
setns 3.0 documented
  setns(2), and /proc/PID/ns with ipc, net and uts
  setns(2), namespaces(7)
cap-wake-alarm 3.0 documented
  CAP_WAKE_ALARM, the last capability is 35
  capabilities(7)
id-maps 3.5 documented
  /proc/PID/uid_map and gid_map; every ID belongs to a user namespace
  user_namespaces(7), commit 22d917d80e84
no-new-privs 3.5 documented
  prctl(2) knows PR_SET_NO_NEW_PRIVS and PR_GET_NO_NEW_PRIVS
  PR_SET_NO_NEW_PRIVS(2const), commit 259e5e6c75a9
cap-block-suspend 3.5 documented
  CAP_BLOCK_SUSPEND, the last capability is 36
  capabilities(7)
projid-map 3.7 documented
  /proc/PID/projid_map
  user_namespaces(7), commit f76d207a66c3
pid-namespace-depth-limit 3.7 documented
  PID namespaces nest 32 deep
  pid_namespaces(7), commit f2302505775f
unprivileged-user-namespaces 3.8 documented
  Creating a user namespace needs no capability, only a mapped effective user and group
  user_namespaces(7), commit 5eaf563e53294
unshare-user-and-pid-namespaces 3.8 documented
  unshare(2) knows CLONE_NEWUSER and CLONE_NEWPID
  unshare(2), commit b2e0d98705e6
join-user-namespaces 3.8 documented
  setns(2) joins user, mount and PID namespaces, and /proc/PID/ns shows them
  setns(2), commit cde1975bc242
namespaces-owned-by-user-namespaces 3.8 documented
  CAP_SYS_ADMIN in one's own user namespace is enough to create other namespaces, which it then owns
  namespaces(7)
userns-mounts-of-proc 3.8 documented
  proc and sysfs can be mounted in a user namespace
  user_namespaces(7)
no-shared-fs-across-user-namespaces 3.9 documented
  CLONE_NEWUSER and CLONE_FS exclude each other, and setns(2) refuses a shared root directory
  clone(2), commit e66eded8309e
no-user-namespace-in-chroot 3.9 documented
  A process in a chroot cannot create a user namespace
  unshare(2), commit 3151527ee007
map-writes-check-opener 3.9 documented
  Writing a map needs the privilege of whoever opened the file, too
  map_write(), commits 6708075f104c, e3211c120a85; CVE-2013-1959, mended in 3.8.9
maps-in-any-order 3.9 documented
  The lines of a map can stand in any order; they had to ascend
  user_namespaces(7), commit 0bd14b4fd72a
userns-mounts-of-tmpfs 3.9 documented
  tmpfs, ramfs, devpts and mqueue can be mounted in a user namespace
  user_namespaces(7)
locked-mounts 3.9 remembered
  Mounts that came from a more privileged mount namespace cannot be taken apart
  mount_namespaces(7), commits 90563b198e4c, 132c94e31b8b
visible-mounts-only 3.9 remembered
  A new proc or sysfs must not reveal what is covered in those that are mounted
  mount_too_revealing(), commit 87a8ebd637da
user-namespace-depth-limit 3.11 documented
  User namespaces nest 33 deep below the initial one
  user_namespaces(7), commit 8742f229b635
file-capabilities-need-both-ids 3.16 documented
  A capability reaches a file only if its owner and its group are mapped
  privileged_wrt_inode_uidgid(), commit 23adbe12ef7d; CVE-2014-4014, mended in 3.14.8
cap-audit-read 3.16 documented
  CAP_AUDIT_READ, the last capability is 37
  capabilities(7)
seccomp 3.17 documented
  seccomp(2)
  seccomp(2), commit 48dc92b9fc39
locked-mount-flags 3.17 remembered
  A remount cannot clear flags that came from a more privileged mount namespace
  mount_namespaces(7), commits a6138db815df, 9566d6742852
setgroups-file 3.19 documented
  /proc/PID/setgroups
  user_namespaces(7), commit 9cc46516ddf4
gid-map-needs-deny 3.19 documented
  Without CAP_SETGID, gid_map can be written only after "deny" was written to setgroups
  user_namespaces(7), commit 66d2f338ee4c
setgroups-needs-gid-map 3.19 remembered
  setgroups(2) is refused until gid_map is written
  userns_may_setgroups(), commit 273d2c67c3e1
own-id-map-is-the-creators 3.19 remembered
  Without a capability, only the effective user that owns the user namespace maps its own ID
  new_idmap_permitted(), commits 80dd00a23784, f95d7918bd1e
ambient-capabilities 4.3 documented
  Ambient capabilities, and SECBIT_NO_CAP_AMBIENT_RAISE
  capabilities(7), commit 58319057b784
userns-mounts-of-bpf 4.4 documented
  The bpf filesystem can be mounted in a user namespace
  user_namespaces(7), commit b2197755b263
ptrace-tells-fscreds 4.5 documented
  /proc compares the filesystem IDs of whoever looks, system calls the real ones
  ptrace(2), commit caaee6234d05
cgroup-namespaces 4.6 documented
  Cgroup namespaces, and mounts of cgroup filesystems in a user namespace
  cgroup_namespaces(7), commit a79a908fd2b0
superblocks-have-user-namespace 4.8 remembered
  A filesystem belongs to a user namespace; set-user-ID bits and file capabilities of a foreign one do nothing
  mnt_may_suid(), commits 6e4eab577a0c, 380cf5ba6b0a
unmapped-ids-are-refused 4.8 remembered
  A file cannot be made, or written to, where its IDs cannot be stored
  fsuidgid_has_mapping(), commits 036d523641c6, 0bd23d09b874
depth-limit-is-enospc 4.9 documented
  Too many levels of user namespaces is ENOSPC; it was EUSERS
  unshare(2)
namespace-limits 4.9 documented
  /proc/sys/user limits the namespaces of a user
  namespaces(7), commits b376c3e1b677, dbec28460a89
namespace-relations 4.9 documented
  NS_GET_USERNS and NS_GET_PARENT
  ioctl_nsfs(2), commits 6786741dbf99, a7306ed8d94a
pid-depth-limit-is-enospc 4.9 bracketed
  Too many levels of PID namespaces is ENOSPC; it was EINVAL
  create_pid_namespace(), commit f333c700c610
program-has-user-namespace 4.10 documented
  Who may look into a process that is not dumpable is decided in the user namespace of its program
  ptrace(2), commits bfedb589252c, f84df2a6f268; runc names 4.10
namespace-type-and-owner 4.11 documented
  NS_GET_NSTYPE and NS_GET_OWNER_UID
  ioctl_nsfs(2), commits e5ff5ce6e20e, d95fa3c76a66
proc-files-belong-to-namespace-root 4.11 documented
  The /proc files of a process that is not dumpable belong to root of its user namespace
  proc(5), commit 68eb94f16227
pid-namespace-needs-ancestor 4.11 remembered
  A PID namespace is made only below one whose owner is the same user namespace or an ancestor
  create_pid_namespace(), commit a2b426267c56
pid-for-children 4.12 documented
  /proc/PID/ns/pid_for_children
  namespaces(7), commit eaa0d190bfe1
namespaced-file-capabilities 4.14 documented
  File capabilities of version 3, made by root of a user namespace
  capabilities(7), commit 8db6c34f1dbc
more-extents 4.15 documented
  A map has up to 340 lines; it had up to 5
  user_namespaces(7), commit 6397fac4915a
userns-mounts-of-fuse 4.18 documented
  fuse can be mounted in a user namespace
  FS_USERNS_MOUNT, commit 4ad769f3c346; its users name 4.18
superblock-owner-sets-security-xattrs 4.18 remembered
  Security attributes and remounts are for root of the user namespace of the filesystem
  cap_inode_setxattr(), commit b1d749c5c341
reverse-map-is-translated 4.20 documented
  IDs are shown rightly where a map has more than five lines
  commit d2f007dbe7e4
clone-pidfd 5.2 documented
  CLONE_PIDFD
  clone(2), commit b3e583825266
new-mount-api 5.2 documented
  fsopen(2), fsconfig(2), fsmount(2), open_tree(2) and move_mount(2)
  open_tree(2)
clone3 5.3 documented
  clone3(2)
  clone3(2)
user-keyrings-per-user-namespace 5.3 bracketed
  A user has user keyrings of its own in each user namespace
  look_up_user_keyrings(), commit 0f44e4d976f9
pidfd-open 5.3 documented
  pidfd_open(2)
  pidfd_open(2)
clone3-set-tid 5.5 documented
  clone3(2) takes the PIDs of the child
  clone3(2)
pidfd-getfd 5.6 documented
  pidfd_getfd(2)
  pidfd_getfd(2)
time-namespaces 5.6 documented
  Time namespaces
  time_namespaces(7), commit 769071ac9f20
whiteouts-are-free 5.8 documented
  The character device 0, 0 can be made without CAP_MKNOD
  vfs_mknod(), commit a3c751a50fe6; xfstests names 5.8
setns-takes-pidfd 5.8 documented
  setns(2) takes a PID file descriptor and several kinds at once
  setns(2), commit 303cc571d107
cap-perfmon-and-bpf 5.8 documented
  CAP_PERFMON and CAP_BPF, the last capability is 39
  capabilities(7)
cap-checkpoint-restore 5.9 documented
  CAP_CHECKPOINT_RESTORE, the last capability is 40
  capabilities(7), commit 124ea650d307
userns-mounts-of-overlay 5.11 documented
  overlay can be mounted in a user namespace
  user_namespaces(7), commit 459c7c565ac3
setfcap-for-root-map 5.12 documented
  Mapping user ID 0 of the parent needs CAP_SETFCAP
  user_namespaces(7), commit db2e718a4798
idmapped-mounts 5.12 documented
  Idmapped mounts, mount_setattr(2)
  mount_setattr(2), commits 2a1867219c7b, 9caccd41541a
rlimits-per-user-namespace 5.14 bracketed
  RLIMIT_NPROC counts for a user in a user namespace and for each creator above
  getrlimit(2), commits 21d1c5e386bc, 6e52a9f0532f
idmapped-userns-mounts 5.17 documented
  Mounts of a filesystem that belongs to a user namespace can be idmapped
  mount_setattr(2), commit bd303368b776, merged from the tag fs.idmapped.v5.17
idmapped-tmpfs 6.3 documented
  Mounts of tmpfs can be idmapped
  mount_setattr(2), commit 7a80e5b8c6fa
no-creating-directories 6.4 documented
  open(2) refuses O_CREAT together with O_DIRECTORY
  build_open_flags(), commit 43b450632676; its bisection names 6.4
symlink-modes-are-fixed 6.6 documented
  chmod(2) refuses the mode of a symbolic link with EOPNOTSUPP
  notify_change(), commit 5d1f903f75a8; chmod09 of LTP names 6.6
userns-mounts-of-binfmt-misc 6.7 bracketed
  binfmt_misc can be mounted in a user namespace
  binfmt_misc, commit 21ca59b365c0
bpf-mounts-need-privilege 6.9 remembered
  The bpf filesystem can no longer be mounted in a user namespace without more
  bpf_fill_super()
pidfd-signal-scopes 6.9 documented
  pidfd_send_signal(2) takes flags
  pidfd_send_signal(2)
nsfs-translates-pids 6.11 bracketed
  NS_GET_PID_FROM_PIDNS and its kin, and NS_GET_MNTNS_ID
  ioctl_nsfs(2), commit ca567df74a28
nsfs-mount-info 6.12 bracketed
  NS_MNT_GET_INFO, NS_MNT_GET_NEXT and NS_MNT_GET_PREV
  fs/nsfs.c, commit a1d220d9dafa
exec-securebits 6.14 bracketed
  Two securebits about executing scripts, which need no capability
  capabilities(7), commit a0623b2a1de3
passcred-is-for-unix 6.16 remembered
  SO_PASSCRED is refused for sockets that carry no credentials
  sk_may_scm_recv()
exec-compares-with-effective-ids 6.16 bracketed
  execve(2) compares the new IDs with the old effective ones and the groups; it compared with the real ones
  id_changed, commit 337490f0007f
mount-namespace-list-is-privileged 6.16 remembered
  Listing mount namespaces needs a view of all of them
  may_see_all_namespaces()
namespace-ids 6.18 bracketed
  NS_GET_ID
  fs/nsfs.c
list-namespaces 6.19 bracketed
  listns(2)
  kernel/nstree.c
empty-mount-namespaces 7.1 bracketed
  UNSHARE_EMPTY_MNTNS
  commit 9d4e752a24f7
zombies-keep-their-owner 7.2 bracketed
  The /proc files of a process that has ended keep their owner
  task_dump_owner(), task_exec_state
exec-securebits-survive-user-namespaces 7.3.4 documented
  The securebits about executing scripts are kept when a user namespace is entered
  set_cred_user_ns(), Debian changelog 7.3.4-1
setns-tests-shared-fs-of-caller 7.3.4 documented
  setns(2) with a PID file descriptor refuses a shared root directory, too
  mntns_install(), Debian changelog 7.3.4-1
debian-userns-clone-sysctl distribution confirmed
  kernel.unprivileged_userns_clone of Debian and others; 0 restricts CLONE_NEWUSER to CAP_SYS_ADMIN
  kernel/fork.c of Debian
"""


def _read(table: str) -> tuple[Change, ...]:
    lines = table.strip().splitlines()
    rows = zip(lines[::3], lines[1::3], lines[2::3], strict=True)
    return tuple(_change(head, what.strip(), source.strip()) for head, what, source in rows)


def _change(head: str, what: str, source: str) -> Change:
    name, since, certainty = head.split()
    return Change(name, since, what, source, certainty)


CHANGES: Final = _read(_TABLE)
