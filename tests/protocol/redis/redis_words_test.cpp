#define CAF_SUITE redis_words
#include "protocol/redis/redis_words.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/redis/redis_failure.hpp"

using namespace ability;

CAF_TEST(words may hold any bytes) {
  CAF_CHECK_EQUAL((redis_words{3}.add("SET").add(std::string_view{"a\0\r\n", 4}).add("").take()),
                  (std::string{"*3\r\n$3\r\nSET\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n", 29}));
}

CAF_TEST(a list of words is a command) {
  CAF_CHECK_EQUAL(redis_command({"SUBSCRIBE", "news"}), "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n");
  CAF_CHECK_EQUAL(redis_command({"PING"}), "*1\r\n$4\r\nPING\r\n");
}

CAF_TEST(numbers are words) {
  CAF_CHECK_EQUAL((redis_words{2}.add(0U).add(18'446'744'073'709'551'615U).take()),
                  "*2\r\n$1\r\n0\r\n$20\r\n18446744073709551615\r\n");
}

CAF_TEST(the reason of an error is its first word) {
  CAF_CHECK_EQUAL(redis_failure_of("OOM command not allowed when used memory > 'maxmemory'."),
                  redis_failure::out_of_memory);
  CAF_CHECK_EQUAL(redis_failure_of("READONLY You can't write against a read only replica."), redis_failure::read_only);
  CAF_CHECK_EQUAL(redis_failure_of("LOADING Redis is loading the dataset in memory"), redis_failure::loading);
  CAF_CHECK_EQUAL(redis_failure_of("NOSCRIPT No matching script. Please use EVAL."), redis_failure::no_script);
  CAF_CHECK_EQUAL(redis_failure_of("NOAUTH Authentication required."), redis_failure::denied);
  CAF_CHECK_EQUAL(redis_failure_of("NOPERM this user has no permissions to run the 'evalsha' command"),
                  redis_failure::denied);
  CAF_CHECK_EQUAL(redis_failure_of("MOVED 3999 127.0.0.1:6381"), redis_failure::moved);
  CAF_CHECK_EQUAL(redis_failure_of("CLUSTERDOWN The cluster is down"), redis_failure::cluster_down);
  CAF_CHECK_EQUAL(redis_failure_of("BUSY Redis is busy running a script."), redis_failure::busy);
  CAF_CHECK_EQUAL(redis_failure_of("NOREPLICAS Not enough good replicas to write."), redis_failure::no_replicas);
  CAF_CHECK_EQUAL(redis_failure_of("MISCONF Redis is configured to save RDB snapshots"), redis_failure::disk);
  CAF_CHECK_EQUAL(redis_failure_of("ERR unknown command"), redis_failure::other);
  CAF_CHECK_EQUAL(redis_failure_of(""), redis_failure::other);
  CAF_CHECK_EQUAL(redis_failure_of("OOMPH"), redis_failure::other);
}

CAF_TEST(the reason of an error in a script of an older server is in the text) {
  CAF_CHECK_EQUAL(redis_failure_of("ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed"),
                  redis_failure::out_of_memory);
  CAF_CHECK_EQUAL(redis_failure_of("ERR Error running script (call to f_1): @user_script:1: -READONLY You can't write"),
                  redis_failure::read_only);
}

CAF_TEST(rights that a script lacks are told by the text) {
  CAF_CHECK_EQUAL(redis_failure_of("ERR The user executing the script can't run this command or subcommand script: 0a"),
                  redis_failure::denied);
  CAF_CHECK_EQUAL(redis_failure_of("ERR The user executing the script can't publish to the channel mentioned in the "
                                   "command script: 0a, on @user_script:1."),
                  redis_failure::denied);
  CAF_CHECK_EQUAL(redis_failure_of("ERR The user executing the script can't access at least one of the keys mentioned "
                                   "in the command arguments script: 0a, on @user_script:1."),
                  redis_failure::denied);
}

CAF_TEST(each reason has a name of its own) {
  for (std::size_t i = 0; i < redis_failures; ++i)
    for (std::size_t j = 0; j < i; ++j)
      CAF_CHECK_NOT_EQUAL(name_of(static_cast<redis_failure>(i)), name_of(static_cast<redis_failure>(j)));
}
