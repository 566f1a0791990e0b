/* Every kind of socket, and what they reach. */
#define _GNU_SOURCE
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int make(int family, int type, int protocol) {
    int made = socket(family, type | SOCK_CLOEXEC, protocol);
    /* What the kernel was built without. */
    return made < 0 ? (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT ? ABSENT : errno) : 0;
}

static struct sockaddr_in local(void) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(getenv("TCP_PORT"))), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int tcp_connect(void) {
    struct sockaddr_in address = local();
    int made = socket(AF_INET, SOCK_STREAM, 0);
    return made < 0 ? errno : verdict(connect(made, (struct sockaddr *)&address, sizeof address));
}

static int tcp_listen(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int made = socket(AF_INET, SOCK_STREAM, 0);
    return made < 0 ? errno : bind(made, (struct sockaddr *)&address, sizeof address) != 0 ? errno : verdict(listen(made, 1));
}

static int udp_send(void) {
    struct sockaddr_in address = local();
    int made = socket(AF_INET, SOCK_DGRAM, 0);
    return made < 0 ? errno : verdict(sendto(made, "x", 1, 0, (struct sockaddr *)&address, sizeof address));
}

static int name_lookup(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr = {htonl(0x7F000035)}};
    int made = socket(AF_INET, SOCK_DGRAM, 0);
    return made < 0 ? errno : verdict(connect(made, (struct sockaddr *)&address, sizeof address));
}

static int tcp_six(void) { return make(AF_INET6, SOCK_STREAM, 0); }
static int raw(void) { return make(AF_INET, SOCK_RAW, 1); }
static int packet(void) { return make(AF_PACKET, SOCK_RAW, 0); }
static int netlink_route(void) { return make(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }
static int netlink_audit(void) { return make(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); }
static int netlink_events(void) { return make(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT); }
static int machine_socket(void) { return make(AF_VSOCK, SOCK_STREAM, 0); }
static int crypto_socket(void) { return make(AF_ALG, SOCK_SEQPACKET, 0); }
static int bluetooth(void) { return make(31, SOCK_RAW, 1); }

static socklen_t named(struct sockaddr_un *address, const char *path, int is_abstract) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path + is_abstract, sizeof address->sun_path - 1, "%s", path);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)is_abstract + strlen(path) + !is_abstract);
}

static int reach(const char *path, int is_abstract, int type) {
    struct sockaddr_un address;
    socklen_t length = named(&address, path, is_abstract);
    int made = socket(AF_UNIX, type, 0);
    return made < 0 ? errno : verdict(connect(made, (struct sockaddr *)&address, length));
}

static int unix_by_path(void) { return reach(outside("socket"), 0, SOCK_STREAM); }
static int unix_abstract(void) { return reach(getenv("ABSTRACT"), 1, SOCK_STREAM); }
static int unix_datagram(void) { return make(AF_UNIX, SOCK_DGRAM, 0); }

static int unix_in_run(void) {
    const char *path = getenv("RUN_SOCKET");
    return path == NULL ? ABSENT : reach(path, 0, SOCK_STREAM);
}

static int agent(void) {
    const char *path = getenv("SSH_AUTH_SOCK");
    return path == NULL ? ABSENT : reach(path, 0, SOCK_STREAM);
}

static int through_link(void) {
    char link[64];
    snprintf(link, sizeof link, "/tmp/socket-%d", getpid());
    return symlink(outside("socket"), link) != 0 ? errno : reach(link, 0, SOCK_STREAM);
}

static int datagram_pair(void) {
    int pair[2];
    struct sockaddr_un address;
    socklen_t length = named(&address, outside("socket"), 0);
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
        return errno;
    }
    int error = verdict(sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address, length));
    /* EPROTOTYPE: it was found, and only its type kept the datagram out. */
    return error == EPROTOTYPE ? 0 : error;
}

static int stream_pair(void) {
    int pair[2];
    return verdict(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static int own_unix(void) {
    struct sockaddr_un address;
    char path[64];
    snprintf(path, sizeof path, "/tmp/own-%d", getpid());
    socklen_t length = named(&address, path, 0);
    int made = socket(AF_UNIX, SOCK_STREAM, 0);
    if (made < 0 || bind(made, (struct sockaddr *)&address, length) != 0 || listen(made, 1) != 0) {
        return errno;
    }
    return reach(path, 0, SOCK_STREAM);
}

const struct attempt socket_attempts[] = {
    {"tcp-connect", tcp_connect}, {"tcp-listen", tcp_listen}, {"udp-send", udp_send}, {"name-lookup", name_lookup},
    {"tcp-six", tcp_six}, {"raw-socket", raw}, {"packet-socket", packet}, {"netlink-route", netlink_route},
    {"netlink-audit", netlink_audit}, {"netlink-events", netlink_events}, {"machine-socket", machine_socket},
    {"crypto-socket", crypto_socket}, {"bluetooth-socket", bluetooth}, {"unix-by-path", unix_by_path},
    {"unix-abstract", unix_abstract}, {"unix-datagram", unix_datagram}, {"unix-in-run", unix_in_run},
    {"unix-through-link", through_link}, {"datagram-pair", datagram_pair}, {"ssh-agent", agent}, {"stream-pair", stream_pair},
    {"own-unix", own_unix}, {NULL, NULL},
};
