#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tacet::apps {

/// What a browser asks for.
struct HttpRequest {
  std::string method, target;
  std::string host;                   ///< as it stands in its header, with a port or without
  std::optional<std::string> origin;  ///< of the page that asks, if the browser says
};

/// Reads the head of a request of HTTP/1.1, which ends with an empty line. Nothing if it is none, or has no
/// host or several. Source: RFC 9112, sections 2 to 5.
std::optional<HttpRequest> parse_request(std::string_view head);

/// Whether a request that reached us was meant for us. A name that an attacker lets resolve to this machine
/// makes a browser hand over whatever is served here; an address as host cannot be made to, nor can
/// "localhost", nor `own`, the name that this server was told to listen at. A page of another origin may not
/// ask either.
bool is_meant_for(const HttpRequest& request, std::string_view own);

}  // namespace tacet::apps
