// One party shows another its fixed-point numbers as they were read.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const Role from = Builder::party(0), to = Builder::party(1);
  const Format format{.is_signed = true};
  b.output("narrow", b.input("narrow", from, fixed(64, 16), {params["narrow"]}), to, format);
  b.output("wide", b.input("wide", from, fixed(128, 64), {params["wide"]}), to, format);
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("echo", "fixed-point numbers as they were read");
  program.dimension("narrow", "narrow", 0, "numbers of 64 bits")
      .dimension("wide", "wide", 0, "numbers of 128 bits");
  return program.main(argc, argv, build);
}
