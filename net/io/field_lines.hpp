/// Header fields that were received in several lines.
/// Source: RFC 9110 section 5.3; RFC 9113 section 8.2.3 for cookies.
#pragma once

#include <boost/beast/http/fields.hpp>

namespace ability::fly {

/// Joins each field received in several lines into one, so that `fields[name]` is its whole value: the values in order,
/// with `; ` between cookies and `, ` between others. A field allowed only once, like Host, then holds an invalid list.
/// Equal lines of Content-Length, the only ones that Beast's parser accepts, become one.
void join_lines(boost::beast::http::fields& fields);

}  // namespace ability::fly
