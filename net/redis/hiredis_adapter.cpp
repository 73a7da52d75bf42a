#include "net/redis/hiredis_adapter.hpp"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <new>
#include <vector>

namespace ability {

namespace {

// Callbacks of the parser, one for each kind of part in a reply. The pointer returned represents the part; null stops
// the parser.

redis_reply& reply_of(const redisReadTask* task) { return *static_cast<redis_reply*>(task->privdata); }

redis_reply::kind kind_of(const redisReadTask* task) {
  switch (task->type) {
    case REDIS_REPLY_STATUS:
      return redis_reply::kind::status;
    case REDIS_REPLY_ERROR:
      return redis_reply::kind::error;
    case REDIS_REPLY_INTEGER:
      return redis_reply::kind::number;
    default:
      return redis_reply::kind::text;
  }
}

void* put(const redisReadTask* task, redis_reply::kind what, std::string_view text) {
  auto& reply = reply_of(task);
  if (task->parent == nullptr) {
    reply.what = what;
    reply.size = 1;
    reply.items[0] = text;
  } else {
    reply.items[static_cast<std::size_t>(task->idx)] = text;
  }
  return &reply;
}

// RESP3, in hiredis 1, has more types of text than these three: refuse them.
void* on_string(const redisReadTask* task, char* text, std::size_t size) {
  const bool known =
      task->type == REDIS_REPLY_STRING || task->type == REDIS_REPLY_STATUS || task->type == REDIS_REPLY_ERROR;
  return known ? put(task, kind_of(task), {text, size}) : nullptr;
}

void* on_number(const redisReadTask* task, long long) { return put(task, redis_reply::kind::number, {}); }

void* on_nil(const redisReadTask* task) { return put(task, redis_reply::kind::nil, {}); }

// The size is an int up to hiredis 0.14, and a std::size_t from 1.0 on.
template <class Size>
void* on_list(const redisReadTask* task, Size size) {
  if (task->type != REDIS_REPLY_ARRAY || task->parent != nullptr ||
      static_cast<std::size_t>(size) > redis_reply::max_size)
    return nullptr;
  auto& reply = reply_of(task);
  reply.what = redis_reply::kind::list;
  reply.size = static_cast<std::size_t>(size);
  return &reply;
}

void on_free(void*) {}

// hiredis 1 has two more functions, for RESP3. If they are null, it returns a small number as the reply's address.
template <class Functions>
Functions all_functions() {
  Functions all{};
  all.createString = on_string;
  all.createArray = on_list;
  all.createInteger = on_number;
  all.createNil = on_nil;
  all.freeObject = on_free;
  if constexpr (requires { all.createDouble; }) {
    all.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* { return nullptr; };
    all.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
  }
  return all;
}

auto functions = all_functions<redisReplyObjectFunctions>();

}  // namespace

std::string redis_command(std::initializer_list<std::string_view> words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* command = nullptr;
  const int size = redisFormatCommandArgv(&command, static_cast<int>(words.size()), texts.data(), sizes.data());
  if (size < 0)
    throw std::bad_alloc{};
  std::string result{command, static_cast<std::size_t>(size)};
  redisFreeCommand(command);
  return result;
}

redis_reply_reader::redis_reply_reader() : reader_{redisReaderCreateWithFunctions(&functions)} {
  if (reader_ == nullptr)
    throw std::bad_alloc{};
  reader_->privdata = &reply_;
}

redis_reply_reader::~redis_reply_reader() = default;

void redis_reply_reader::deleter::operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }

void redis_reply_reader::feed(std::span<const char> bytes) {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());  // `error()` reports a failure
}

redis_reply* redis_reply_reader::next() {
  void* reply = nullptr;
  redisReaderGetReply(reader_.get(), &reply);
  return static_cast<redis_reply*>(reply);
}

std::string redis_reply_reader::error() const {
  static constexpr std::string_view prefix = "Protocol error, ";
  if (reader_->err == 0)
    return {};
  // The parser reports the null of `on_list` as out of memory.
  if (reader_->err == REDIS_ERR_OOM)
    return std::string{prefix} + "got a reply that a subscriber never gets";
  const std::string text{reader_->errstr};
  return text.starts_with(prefix) ? text : std::string{prefix} + text;
}

std::size_t redis_reply_reader::buffered() const noexcept { return reader_->len - reader_->pos; }

}  // namespace ability
