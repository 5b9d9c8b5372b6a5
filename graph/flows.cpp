#include "graph/flows.hpp"

namespace tacet {
namespace {

EndpointId party(std::uint32_t p, const Setting& s) {
  return EndpointId{p % s.n};
}

}  // namespace

EndpointId endpoint_of(Role role, const Setting& setting) {
  return EndpointId{role.is_client ? setting.n + role.index : role.index};
}

std::vector<FlowPattern> input_flows(Role owner, const Setting& s) {
  const EndpointId from = endpoint_of(owner, s);
  std::vector<FlowPattern> out;
  if (owner.is_client) {
    for (std::uint32_t p = s.t(); p <= 2 * s.t(); ++p) out.push_back({from, party(p, s), 0, 1});
  } else {
    for (std::uint32_t j = 1; j <= s.t(); ++j) out.push_back({from, party(from.value + s.n - j, s), 0, 1});
  }
  return out;
}

std::vector<FlowPattern> reshare_flows(const Setting& s) {
  std::vector<FlowPattern> out;
  for (std::uint32_t p = 0; p < s.n; ++p)
    for (std::uint32_t j = 1; j <= s.t(); ++j) out.push_back({party(p, s), party(p + s.n - j, s), 0, 1});
  return out;
}

std::vector<std::uint32_t> client_rotations(const Setting& s) {
  return {0, s.t(), 2 * s.t()};
}

std::vector<FlowPattern> open_flows(std::span<const Role> receivers, bool secret, const Setting& s) {
  std::vector<FlowPattern> out;
  std::vector<std::uint32_t> payloads(s.endpoints(), 0);  // by sender
  const auto open_to = [&](Role role) {
    const EndpointId to = endpoint_of(role, s);
    if (role.is_client) {
      for (std::uint32_t p = 0; p < s.n; ++p) {
        std::uint32_t copies = 0;
        if (secret) {
          for (const std::uint32_t first : client_rotations(s)) copies += (p + s.n - first) % s.n <= s.t();
        } else {
          copies = p <= s.t();
        }
        if (copies != 0) out.push_back({party(p, s), to, payloads[p]++, copies});
      }
    } else if (secret) {
      for (std::uint32_t j = 1; j <= s.t(); ++j) {
        const EndpointId from = party(to.value + j, s);
        out.push_back({from, to, payloads[from.value]++, 1});
      }
    }
  };
  if (receivers.empty()) {
    for (std::uint32_t p = 0; p < s.n; ++p) open_to(Role{false, p});
  } else {
    for (const Role role : receivers) open_to(role);
  }
  return out;
}

}  // namespace tacet
