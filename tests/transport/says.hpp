#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

namespace tacet::transport {

/// Fails the test unless `message` holds `part`.
inline bool says(const std::string& message, const std::string& part) {
  const bool found = message.find(part) != std::string::npos;
  BOOST_TEST(found, "\"" << part << "\" is not in: " << message);
  return found;
}

}  // namespace tacet::transport
