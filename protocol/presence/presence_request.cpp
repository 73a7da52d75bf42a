#include "protocol/presence/presence_request.hpp"

#include <utility>

#include "protocol/json/json_fields.hpp"

namespace ability {

presence_request read_presence_request(std::string_view json) {
  json_field id{"id"};
  json_field info{.key = "info", .raw_only = true};
  json_field* const fields[] = {&id, &info};
  if (!read_object(json, "a presence", fields))
    return {.fault = presence_has_no_id};
  presence_request out;
  if (id.kind == json_kind::string)
    out.id = std::move(id.text);
  else if (id.kind == json_kind::number)
    out.id = id.raw;
  if (out.id.empty())
    out.fault = R"("id" of "presence" must be a non-empty string or a number)";
  if (info.given())
    out.info = info.raw;
  return out;
}

presence_request read_presence_question(std::string_view json) {
  json_field records{"return_records"};
  json_field* const fields[] = {&records};
  const bool is_read = read_object(json, "a question", fields).has_value();
  return {.wants_records = !is_read || records.kind != json_kind::boolean || records.flag};
}

}  // namespace ability
