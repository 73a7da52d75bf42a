// Replacement of grpc_app_transport.cpp for builds without gRPC.
#include <stdexcept>

#include "net/app/grpc_app_transport.hpp"

namespace ability {

std::shared_ptr<app_transport> make_grpc_app_transport(boost::asio::io_context&, const grpc_app_endpoint&) {
  throw std::runtime_error{
      "rpc_host names a gRPC server, and this abilityd was built without gRPC: install libgrpc++-dev, "
      "protobuf-compiler and protobuf-compiler-grpc and build it again, or use http://..."};
}

}  // namespace ability
