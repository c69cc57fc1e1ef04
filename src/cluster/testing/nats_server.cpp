#include "cluster/testing/nats_server.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "cluster/server_info.hpp"

extern char** environ;

namespace postern::cluster::testing {
namespace {

// Free a moment ago; a test that loses it to another process fails to start its server.
int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  return bound ? ntohs(address.sin_port) : 0;
}

}  // namespace

std::string nats_server_program() {
  if (const char* named = std::getenv("POSTERN_NATS_SERVER"); named != nullptr) return named;
  const std::string usual = POSTERN_SOURCE_DIR "/build/nats/nats-server";
  return ::access(usual.c_str(), X_OK) == 0 ? usual : std::string{};
}

std::unique_ptr<NatsServer> NatsServer::start(const std::string& more) {
  std::unique_ptr<NatsServer> server(new NatsServer);
  std::string folder = (std::filesystem::temp_directory_path() / "postern-nats-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return nullptr;
  server->folder_ = folder;
  server->port_ = free_port();
  std::ofstream(folder + "/server.conf") << "listen: \"127.0.0.1:" << server->port_
                                         << "\"\nserver_name: one\njetstream {\n  store_dir: \""
                                         << folder << "/data\"\n  sync_interval: always\n}\n"
                                         << more;
  return server->run() ? std::move(server) : nullptr;
}

bool NatsServer::run() {
  const std::string program = nats_server_program();
  const std::string file = folder_ + "/server.conf";
  const std::string log = folder_ + "/log";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const char* arguments[] = {program.c_str(), "-c", file.c_str(), nullptr};
  const int failed = ::posix_spawn(&process_, program.c_str(), &actions, nullptr,
                                   const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    process_ = -1;
    return false;
  }
  for (int attempt = 0; attempt < 200; ++attempt) {
    const auto info = ask_info(settings().servers.front(), std::chrono::milliseconds(500));
    if (info && info->jetstream) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

NatsServer::~NatsServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

gate::ClusterSettings NatsServer::settings() const {
  gate::ClusterSettings settings;
  settings.servers = {"nats://127.0.0.1:" + std::to_string(port_)};
  settings.gate = "gate1";
  settings.snapshot = folder_ + "/policy.snapshot";
  return settings;
}

void NatsServer::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

bool NatsServer::restart() {
  kill();
  return run();
}

}  // namespace postern::cluster::testing
