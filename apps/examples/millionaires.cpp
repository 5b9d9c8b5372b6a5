// Two parties learn which of them is richer, and neither learns by how much.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params&) {
  using namespace tacet;
  const Role first = Builder::party(0), second = Builder::party(1);
  const Value x = b.input("first", first, ring(64), {}, any_signed());
  const Value y = b.input("second", second, ring(64), {}, any_signed());
  b.output("richer", lt(x, y), {first, second});
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("millionaires", "which of two parties is richer");
  program.note("0 is the first party, 1 the second; of two who are equally rich the first is named.");
  return program.main(argc, argv, build);
}
