// Three parties learn the product of their three private numbers.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params&) {
  using namespace tacet;
  const Value x = b.input("a", Builder::party(0), ring(64), {}, any_signed());
  const Value y = b.input("b", Builder::party(1), ring(64), {}, any_signed());
  const Value z = b.input("c", Builder::party(2), ring(64), {}, any_signed());
  // Four rounds: the inputs, one for each product, the output.
  b.output("product", x * y * z, {Builder::party(0), Builder::party(1), Builder::party(2)});
}

}  // namespace

int main(int argc, char** argv) {
  const tacet::Program program("mult3", "product of three private numbers");
  return program.main(argc, argv, build);
}
