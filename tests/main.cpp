// The test engine of CAF, once; every *_test.cpp beside this program adds its suite.
#define CAF_TEST_NO_MAIN
#include "caf/test/unit_test.hpp"
#include "caf/test/unit_test_impl.hpp"

int main(int argc, char** argv) { return caf::test::main(argc, argv); }
