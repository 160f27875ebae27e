// Which system calls the three filters allow, refuse and deny to exist; read by make_filter at
// build time only.
//
// A name that the build's architecture does not have is skipped; one that no architecture has is an
// error.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace chela::worker {

// Stands in the filter where the process id of the worker belongs; written over when the filter is
// loaded.
inline constexpr std::uint32_t pid_placeholder = 0x5e1f5e1f;

// plugin: allowed with any arguments. All that is neither here nor in a rule of make_filter answers
// EPERM.
inline constexpr auto plugin_allowed = std::to_array<std::string_view>(
    {// memory
     "brk", "munmap", "mremap", "madvise", "msync", "mincore", "membarrier",
     // reading: what can be opened is Landlock's matter
     "access", "faccessat", "faccessat2", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs",
     "fstatfs", "readlink", "readlinkat", "getcwd", "getdents64", "lseek", "read", "readv",
     "pread64", "preadv", "preadv2", "fadvise64", "readahead",
     // descriptors that are there already
     "write", "writev", "close", "close_range", "dup", "dup2", "dup3", "pipe", "pipe2", "eventfd2",
     "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
     "poll", "ppoll", "select", "pselect6", "timerfd_create", "timerfd_settime", "timerfd_gettime",
     "signalfd4",
     // time
     "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
     "times", "alarm", "setitimer", "getitimer", "timer_create", "timer_settime", "timer_gettime",
     "timer_getoverrun", "timer_delete",
     // threads
     "futex", "set_robust_list", "get_robust_list", "rseq", "sched_yield", "sched_getaffinity",
     "sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min",
     "set_tid_address", "exit", "exit_group", "restart_syscall", "getcpu",
     // signals to oneself; without pause() its EPERM made a loop at full speed
     "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
     "rt_sigtimedwait", "sigaltstack", "pause",
     // facts about oneself
     "getpid", "getppid", "gettid", "getpgid", "getpgrp", "getsid", "getuid", "geteuid", "getgid",
     "getegid", "getresuid", "getresgid", "getgroups", "capget", "getrlimit", "getrusage",
     "getpriority", "uname", "sysinfo", "getrandom", "umask"});

// plugin: libraries have a second way where these "do not exist".
inline constexpr auto plugin_absent = std::to_array<std::string_view>(
    {"clone3", "copy_file_range", "sendfile", "openat2", "futex_waitv", "pkey_alloc", "pkey_free",
     "pkey_mprotect", "get_mempolicy", "fsync", "fdatasync"});

// program and its gated variant: refused with any arguments, all else is allowed.
inline constexpr auto program_refused = std::to_array<std::string_view>(
    {// other processes
     "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease",
     "kcmp", "pidfd_getfd", "setpriority", "ioprio_set", "migrate_pages", "move_pages",
     // namespaces and mounts
     "unshare", "setns", "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount",
     "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "name_to_handle_at",
     "open_by_handle_at", "fanotify_init", "fanotify_mark", "mknod", "mknodat",
     // large pieces of kernel that no ordinary program needs
     "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "io_uring_setup",
     "io_uring_enter", "io_uring_register", "memfd_secret", "seccomp", "lookup_dcookie", "vmsplice",
     // the machine
     "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
     "create_module", "iopl", "ioperm", "modify_ldt", "reboot", "swapon", "swapoff", "sethostname",
     "setdomainname", "acct", "quotactl", "quotactl_fd", "syslog", "settimeofday", "clock_settime",
     "adjtimex", "clock_adjtime", "nfsservctl", "vhangup", "uselib", "sysfs", "_sysctl",
     // System V and POSIX queues outlive the process where it has no ipc namespace
     "shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop",
     "semctl", "semtimedop", "mq_open", "mq_unlink",
     // owners and attributes: Landlock has no right for these
     "chown", "lchown", "fchown", "fchownat", "setxattr", "lsetxattr", "fsetxattr", "removexattr",
     "lremovexattr", "fremovexattr"});

// program: answered with success without doing it. Landlock has no right for modes and times, so
// doing it would reach files outside the grants; git and other programs set them on their own files
// and stop when that fails.
inline constexpr auto program_pretended = std::to_array<std::string_view>(
    {"chmod", "fchmod", "fchmodat", "utime", "utimes", "utimensat", "futimesat"});

// program: loaded as well where neither a pid namespace nor a Landlock scope keeps signals inside.
inline constexpr auto no_signals_refused = std::to_array<std::string_view>(
    {"tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo"});

}  // namespace chela::worker
