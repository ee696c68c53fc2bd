// Posts prepared requests (requests.py) at a constant mean rate, whatever the answers do.
//
// Open loop: each request is due at an instant fixed beforehand, and its time runs from that instant, so that a gateway which
// stalls for a second is not asked less in that second (no coordinated omission). Instants are as far apart as independent
// callers', exponentially, which is what pgbench does with --rate. What waits for a free connection waits at its own cost; so
// does what this program is late with.
//
// Prints a line a request, in the order of the answers: its number, microseconds from its due instant to the last byte of
// the answer, microseconds since 1970 at that byte. Ends with 1, and one line that says why, if any was not answered with 200.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { longest_answer = 16384, seconds_after_the_last = 30 };

struct connection {
    int socket;
    long request;
    size_t length;
    char answer[longest_answer + 1];
};

struct answered {
    long request;
    int64_t took, at;
};

_Noreturn static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

// Nanoseconds.
static int64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static double uniform(uint64_t *state) {
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

static int connected(const char *host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1, made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fail("%s is no IPv4 address", host);
    if (made < 0 || connect(made, (struct sockaddr *)&address, sizeof address) != 0)
        fail("%s:%d: %s", host, port, strerror(errno));
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(made, F_SETFL, O_NONBLOCK) != 0) fail("fcntl: %s", strerror(errno));
    return made;
}

// Whether the answer is whole.
static bool is_whole(struct connection *connection) {
    connection->answer[connection->length] = 0;
    const char *end = strstr(connection->answer, "\r\n\r\n");
    if (!end) return false;
    if (strncmp(connection->answer, "HTTP/1.1 200", 12) != 0) fail("status %.3s", connection->answer + 9);
    const char *field = strcasestr(connection->answer, "\r\ncontent-length:");
    size_t body = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
    return connection->length >= (size_t)(end + 4 - connection->answer) + body;
}

int main(int argc, char **argv) {
    if (argc != 9) fail("arrivals HOST PORT FILE BYTES-OF-ONE FIRST COUNT RATE CONNECTIONS");
    const size_t size = strtoul(argv[4], NULL, 10);
    const long first = atol(argv[5]), count = atol(argv[6]), connections = atol(argv[8]);
    const double rate = atof(argv[7]);
    if (size == 0 || first < 0 || count < 1 || connections < 1 || !(rate > 0)) fail("a number is not positive");

    struct stat stat;
    const int file = open(argv[3], O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &stat) != 0) fail("%s: %s", argv[3], strerror(errno));
    if ((uint64_t)stat.st_size < (uint64_t)(first + count) * size) fail("%s holds too few requests", argv[3]);
    const char *requests = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    struct connection *all = calloc((size_t)connections, sizeof *all), **idle = calloc((size_t)connections, sizeof *idle);
    int64_t *due = calloc((size_t)count, sizeof *due);
    struct answered *answers = calloc((size_t)count, sizeof *answers);
    if (requests == MAP_FAILED || !all || !idle || !due || !answers) fail("out of memory");

    prctl(PR_SET_TIMERSLACK, 1);
    const int events = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (events < 0 || timer < 0 || epoll_ctl(events, EPOLL_CTL_ADD, timer, &event) != 0) fail("epoll: %s", strerror(errno));
    for (long index = 0; index < connections; index++) {
        all[index].socket = connected(argv[1], atoi(argv[2]));
        idle[index] = &all[index];
        event.data.ptr = &all[index];
        if (epoll_ctl(events, EPOLL_CTL_ADD, all[index].socket, &event) != 0) fail("epoll: %s", strerror(errno));
    }

    uint64_t chance = 0x9E3779B97F4A7C15;
    double at = (double)now(CLOCK_MONOTONIC) + 1e8;
    for (long index = 0; index < count; index++) {
        at += -log(uniform(&chance)) * 1e9 / rate;
        due[index] = (int64_t)at;
    }
    const int64_t end = due[count - 1] + (int64_t)seconds_after_the_last * 1000000000;

    // The idle ones are a ring, so that each connection has its turn.
    long sent = 0, done = 0, resting = connections, head = 0;
    while (done < count) {
        int64_t time = now(CLOCK_MONOTONIC);
        if (time > end) fail("%ld of %ld were answered", done, count);
        for (; sent < count && resting > 0 && due[sent] <= time; sent++, resting--, head = (head + 1) % connections) {
            struct connection *free = idle[head];
            free->request = sent;
            free->length = 0;
            const char *request = requests + (size_t)(first + sent) * size;
            if (send(free->socket, request, size, MSG_NOSIGNAL) != (ssize_t)size) fail("send: %s", strerror(errno));
        }
        // Nothing wakes us for what is due while no connection is free: an answer does.
        const int64_t next = sent < count && resting > 0 ? due[sent] : end;
        const struct itimerspec wake = {.it_value = {next / 1000000000, next % 1000000000}};
        if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &wake, NULL) != 0) fail("timerfd: %s", strerror(errno));

        struct epoll_event ready[64];
        const int number = epoll_wait(events, ready, 64, -1);
        if (number < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
        for (int index = 0; index < number; index++) {
            struct connection *heard = ready[index].data.ptr;
            // The timer: the loop looks at the clock anyway.
            if (!heard) continue;
            const ssize_t read = recv(heard->socket, heard->answer + heard->length, longest_answer - heard->length, 0);
            if (read < 0 && errno == EAGAIN) continue;
            if (read <= 0) fail("a connection was closed: %s", read < 0 ? strerror(errno) : "by the other side");
            heard->length += (size_t)read;
            if (!is_whole(heard)) continue;
            answers[done++] = (struct answered){
                heard->request, (now(CLOCK_MONOTONIC) - due[heard->request]) / 1000, now(CLOCK_REALTIME) / 1000};
            idle[(head + resting++) % connections] = heard;
        }
    }
    for (long index = 0; index < count; index++)
        printf("%ld %ld %ld\n", first + answers[index].request, (long)answers[index].took, (long)answers[index].at);
    return 0;
}
