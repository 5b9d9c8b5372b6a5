#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apps/live/request.hpp"
#include "graph/error.hpp"

// Any bytes are a request with a method, a target and a host, or none; one of another origin is never meant
// for us.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tacet::apps;
  const auto request = parse_request({reinterpret_cast<const char*>(bytes), size});
  if (!request) return 0;
  TACET_ASSERT(!request->method.empty() && !request->target.empty() && !request->host.empty());
  const bool meant = is_meant_for(*request, "own.example");
  HttpRequest elsewhere = *request;
  elsewhere.origin = "http://evil.example";
  TACET_ASSERT(!is_meant_for(elsewhere, "own.example"));
  elsewhere.origin = request->origin, elsewhere.host += ".evil.example";
  TACET_ASSERT(!meant || !is_meant_for(elsewhere, "own.example"));
  return 0;
}
