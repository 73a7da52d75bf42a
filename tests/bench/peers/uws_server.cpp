// uWebSockets as a publish/subscribe server, for the table of peers: its own topics, sockets and event loop, in a
// compiled library that is not part of this project. This file has only the commands of the bench, one WebSocket frame
// each:
//   bench → server   "+name" follows a topic, answered by "ok"
//                    "=name text" publishes `text`
// usage: uws_server LIBRARY PORT

#include <dlfcn.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

// The part of the library's C interface that is used here. No TLS: the first argument of each function is 0.
extern "C" {
struct uws_app;
struct uws_socket;
struct uws_context_options {
  const char *key_file, *cert_file, *passphrase, *dh_params_file, *ca_file, *ciphers;
  int prefer_low_memory;
};
struct uws_listen_config {
  int port;
  const char* host;
  int options;
};
enum uws_opcode { uws_text = 1, uws_binary = 2 };
struct uws_behavior {
  int compression;
  unsigned max_payload;
  unsigned short idle_timeout;
  unsigned max_backpressure;
  bool close_on_backpressure;
  bool reset_idle_timeout_on_send;
  bool send_pings;
  unsigned short max_lifetime;
  void* upgrade;
  void* open;
  void (*message)(uws_socket*, const char*, std::size_t, uws_opcode, void*);
  void *drain, *ping, *pong;
  void (*close)(uws_socket*, int, const char*, std::size_t, void*);
  void* subscription;
};
}

/// Functions of the library, found by `dlopen`.
struct library {
  explicit library(const char* path) : handle{::dlopen(path, RTLD_NOW | RTLD_GLOBAL)} {
    if (handle == nullptr)
      throw std::runtime_error{::dlerror()};
    load(create_app, "uws_create_app");
    load(ws, "uws_ws");
    load(listen, "uws_app_listen_with_config");
    load(run, "uws_app_run");
    load(subscribe, "uws_ws_subscribe");
    load(send, "uws_ws_send");
    load(publish, "uws_publish");
  }

  template <class Function>
  void load(Function& into, const char* name) {
    into = reinterpret_cast<Function>(::dlsym(handle, name));
    if (into == nullptr)
      throw std::runtime_error{std::string{"the library has no "} + name};
  }

  void* handle;
  uws_app* (*create_app)(int, uws_context_options) = nullptr;
  void (*ws)(int, uws_app*, const char*, uws_behavior, void*) = nullptr;
  void (*listen)(int, uws_app*, uws_listen_config, void (*)(void*, uws_listen_config, void*), void*) = nullptr;
  void (*run)(int, uws_app*) = nullptr;
  bool (*subscribe)(int, uws_socket*, const char*, std::size_t) = nullptr;
  int (*send)(int, uws_socket*, const char*, std::size_t, uws_opcode) = nullptr;
  bool (*publish)(int, uws_app*, const char*, std::size_t, const char*, std::size_t, uws_opcode, bool) = nullptr;
};

struct server {
  library lib;
  uws_app* app;
};

void on_message(uws_socket* socket, const char* data, std::size_t size, uws_opcode, void* user) {
  const auto& [lib, app] = *static_cast<server*>(user);
  std::string_view text{data, size};
  if (text.starts_with('+')) {
    lib.subscribe(0, socket, data + 1, size - 1);
    lib.send(0, socket, "ok", 2, uws_text);
  } else if (const auto space = text.find(' '); text.starts_with('=') && space != text.npos) {
    lib.publish(0, app, data + 1, space - 1, data + space + 1, size - space - 1, uws_text, false);
  }
}

void on_close(uws_socket*, int, const char*, std::size_t, void*) {}

void on_listening(void* socket, uws_listen_config, void*) {
  if (socket == nullptr) {
    std::cerr << "uws_server: cannot listen\n";
    std::exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: uws_server LIBRARY PORT\n";
    return 2;
  }
  try {
    server self{library{argv[1]}, nullptr};
    self.app = self.lib.create_app(0, {});
    uws_behavior behavior{};
    behavior.max_payload = 1 << 20;
    behavior.max_backpressure = 4 << 20;
    behavior.message = on_message;
    behavior.close = on_close;
    self.lib.ws(0, self.app, "/*", behavior, &self);
    self.lib.listen(0, self.app, {std::atoi(argv[2]), "127.0.0.1", 0}, on_listening, nullptr);
    self.lib.run(0, self.app);
  } catch (const std::exception& e) {
    std::cerr << "uws_server: " << e.what() << '\n';
    return 1;
  }
}
