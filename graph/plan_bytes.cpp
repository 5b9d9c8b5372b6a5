#include <bit>
#include <cstring>

#include "graph/plan.hpp"

namespace tacet {
namespace {

static_assert(std::endian::native == std::endian::little,
              "words go to the wire and into digests as they lie in memory");

/// Little-endian numbers and length-prefixed texts.
class Bytes {
 public:
  explicit Bytes(std::size_t expected) : out_(expected) {}
  void number(std::uint64_t v, unsigned bytes = 8) {
    make_room(sizeof v);
    std::memcpy(out_.data() + size_, &v, sizeof v);  // the next one overwrites what is too much
    size_ += bytes;
  }
  void wide(u128 v) { number(static_cast<std::uint64_t>(v)), number(static_cast<std::uint64_t>(v >> 64)); }
  void text(std::string_view s) {
    number(s.size(), 4);
    raw(reinterpret_cast<const std::byte*>(s.data()), s.size());
  }
  void raw(const std::byte* p, std::size_t n) {
    make_room(n);
    std::copy_n(p, n, out_.data() + size_);
    size_ += n;
  }
  void role(Role r) { number(r.is_client, 1), number(r.index, 4); }
  std::vector<std::byte> take() {
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  void make_room(std::size_t n) {
    if (out_.size() - size_ < n) out_.resize(2 * out_.size() + n);
  }
  std::vector<std::byte> out_;
  std::size_t size_ = 0;
};

}  // namespace

std::vector<std::byte> Plan::canonical_bytes() const {
  Bytes out(4096 + 40 * std::size_t{graph.size()});
  out.text("tacet plan 4");
  for (const OpRow& row : op_table()) out.text(row.name);
  out.text(to_string(setting.scheme));
  out.number(setting.n, 4), out.number(setting.clients, 4), out.number(tile_bytes);
  out.number(offline_first, 1);
  out.number(waves.size(), 4);
  for (const Waves& w : waves)
    out.number(w.count, 4), out.number(w.tiles, 4), out.number(w.first_round, 4), out.number(w.skew, 4);
  for (const std::string& name : graph.clients()) out.text(name);
  out.number(graph.size(), 4);
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const NodeId id{i};
    const ValueType& type = graph.type(id);
    out.number(static_cast<std::uint64_t>(graph.node(id).op), 2);
    out.number(static_cast<std::uint64_t>(type.visibility), 1);
    out.number(static_cast<std::uint64_t>(type.element.domain), 1);
    out.number(type.element.width, 1);
    out.number(type.shape.rank(), 4);
    for (const std::int64_t d : type.shape.dims()) out.number(static_cast<std::uint64_t>(d));
    out.number(graph.operands(id).size(), 4);
    for (const NodeId operand : graph.operands(id)) out.number(operand.value, 4);
    out.number(graph.attributes(id).size(), 4);
    for (const std::int64_t a : graph.attributes(id)) out.number(static_cast<std::uint64_t>(a));
  }
  for (const InputInfo& in : graph.inputs()) {
    out.text(in.name), out.role(in.owner), out.number(in.frac_bits, 1);
    out.number(in.declared ? 1 + in.declared->is_signed : 0, 1);
    if (in.declared) out.wide(in.declared->low), out.wide(in.declared->high);
  }
  for (const OutputInfo& o : graph.outputs()) {
    out.text(o.name), out.number(o.receivers.size(), 4);
    for (const Role r : o.receivers) out.role(r);
    out.number(o.format.is_signed, 1), out.number(o.format.frac_bits, 1);
  }
  for (const Tensor& t : graph.constants()) {
    out.number(t.size_bytes());
    out.raw(t.data(), t.size_bytes());
  }
  return out.take();
}

}  // namespace tacet
