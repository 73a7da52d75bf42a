// Entry point of abilityd.
#include <cstddef>

#include "apps/abilityd/client_protocols.hpp"
#include "apps/abilityd/program.hpp"

int main(int argc, char** argv) {
  return ability::run_program({argv, static_cast<std::size_t>(argc)}, ability::client_protocols());
}
