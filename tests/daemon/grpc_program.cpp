// A C++ gRPC server, which behaves like those of Ruby, PHP and Python: unlike that of Node.js it ends a connection on
// which pings come more often than it allows. Accepts every client, after a delay.
//
//     grpc_program SECONDS [OPTION=NUMBER ...]
//
// Options are those of grpc/impl/codegen/grpc_types.h. Prints its port; ends with its standard input.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string>
#include <thread>

#include "anycable.grpc.pb.h"

namespace {

class slow_application final : public anycable::RPC::Service {
public:
  explicit slow_application(std::chrono::seconds takes) : takes_{takes} {}

  grpc::Status Connect(grpc::ServerContext*, const anycable::ConnectionRequest*,
                       anycable::ConnectionResponse* answer) override {
    std::this_thread::sleep_for(takes_);
    answer->set_status(anycable::SUCCESS);
    answer->add_transmissions(R"({"type":"welcome"})");
    return grpc::Status::OK;
  }

private:
  const std::chrono::seconds takes_;
};

}  // namespace

int main(int argc, char** argv) {
  slow_application application{std::chrono::seconds{std::stoi(argv[1])}};
  grpc::ServerBuilder builder;
  for (int i = 2; i < argc; ++i) {
    const std::string option = argv[i];
    const auto equals = option.find('=');
    builder.AddChannelArgument(option.substr(0, equals), std::stoi(option.substr(equals + 1)));
  }
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&application);
  const auto server = builder.BuildAndStart();
  std::cout << port << '\n' << std::flush;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  std::_Exit(0);
}
