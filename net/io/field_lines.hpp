/// Header fields that came in several lines.
/// Source: RFC 9110 section 5.3; RFC 9113 section 8.2.3 for cookies.
#pragma once

#include <boost/beast/http/fields.hpp>

namespace ability::fly {

/// Makes one line of each field that came in several, so that `fields[name]` is all of it: their values in their order,
/// with `; ` between cookies and `, ` between all else. What may come only once, like Host, is then a list where none
/// is expected. Equal lines of Content-Length, which are all that Beast's parser takes, become one.
void join_lines(boost::beast::http::fields& fields);

}  // namespace ability::fly
