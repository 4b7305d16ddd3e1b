/* What an example costs at least: for each one a process in a new user namespace, three writes by its parent,
   two reads of its own IDs, and its end.  Prints how many there were.

   "bare COUNT" does only that; "bare COUNT isolated" does each in new mount, PID, IPC and UTS namespaces,
   with a /proc and a scratch directory of its own, as nsdoc does for root. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Waits for the maps, then looks at its IDs: exit status 0 if all are 0. */
static void child(int go)
{
    char byte;
    uid_t uid[3];
    gid_t gid[3];

    if (read(go, &byte, 1) != 1 || getresuid(&uid[0], &uid[1], &uid[2]) || getresgid(&gid[0], &gid[1], &gid[2]))
        _exit(2);
    _exit(uid[0] || uid[1] || uid[2] || gid[0] || gid[1] || gid[2]);
}

static void put(pid_t pid, const char *file, const char *text)
{
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", (int) pid, file);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t) strlen(text))
        fail(path);
    close(fd);
}

static void example(void)
{
    char map[64];
    int go[2], status;
    pid_t pid;

    if (pipe2(go, O_CLOEXEC))
        fail("pipe2");
    pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);
    if (pid < 0)
        fail("clone");
    if (pid == 0)
        child(go[0]);
    snprintf(map, sizeof map, "0 %d 1", (int) getuid());
    put(pid, "uid_map", map);
    put(pid, "setgroups", "deny");
    snprintf(map, sizeof map, "0 %d 1", (int) getgid());
    put(pid, "gid_map", map);
    if (write(go[1], "", 1) != 1)
        fail("write");
    if (waitpid(pid, &status, 0) != pid || status)
        fail("the child saw other IDs");
    close(go[0]);
    close(go[1]);
}

/* Before the first isolated example: what is mounted from here on is nobody else's business. */
static void prepare(void)
{
    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
        fail("unshare");
}

static void isolated_example(void)
{
    int namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
    int status;
    pid_t pid = syscall(SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, 0);

    if (pid < 0)
        fail("clone");
    if (pid == 0) {
        if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)
            || mount("scratch", "/mnt", "tmpfs", 0, "mode=1777,size=64m"))
            fail("mount");
        example();
        _exit(0);
    }
    if (waitpid(pid, &status, 0) != pid || status)
        fail("the isolated example");
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 1;
    int isolated = argc > 2;

    if (isolated)
        prepare();
    for (int done = 0; done < count; done++)
        if (isolated)
            isolated_example();
        else
            example();
    printf("%d examples\n", count);
    return 0;
}
