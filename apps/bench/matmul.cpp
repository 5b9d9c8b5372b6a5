#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>

#include "apps/bench/bench.hpp"
#include "graph/op.hpp"
#include "graph/word.hpp"
#include "protocols/product_form.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "apps/bench/matmul.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tacet::bench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kChains = 12;  ///< hide the multiplier's latency and fit into registers

/// `steps` steps x -> a x + b of independent chains: multiplications and additions alone, as the kernel needs
/// them. Returns how many words have been multiplied. `sink` makes the numbers unknown to the compiler.
template <class W>
std::uint64_t run_chains(std::uint64_t steps, std::uint64_t& sink) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(W) <= 8) {
    using Lane = std::conditional_t<sizeof(W) == 1, std::uint16_t,
                                    std::conditional_t<sizeof(W) == 8, std::uint32_t, W>>;
    const hn::ScalableTag<Lane> d;
    const auto a = hn::Set(d, static_cast<Lane>(sink | 5)), b = hn::Set(d, static_cast<Lane>(sink | 3));
    // Of 64 bits every second product is one of 32 by 32 bits to 64: two make one word.
    const auto wide = [&](auto x) HWY_ATTR {
      if constexpr (sizeof(W) == 8) {
        const hn::RepartitionToWide<decltype(d)> d64;
        return hn::BitCast(d, hn::Add(hn::BitCast(d64, b), hn::MulEven(a, x)));
      } else {
        return hn::Add(b, hn::Mul(a, x));
      }
    };
    const auto low = [&](auto x) HWY_ATTR { return hn::Add(b, hn::Mul(a, x)); };
    const auto start = [&](int chain) HWY_ATTR { return hn::Iota(d, static_cast<Lane>(chain)); };
    auto x0 = start(0), x1 = start(1), x2 = start(2), x3 = start(3), x4 = start(4), x5 = start(5);
    auto x6 = start(6), x7 = start(7), x8 = start(8), x9 = start(9), x10 = start(10), x11 = start(11);
    for (std::uint64_t i = 0; i < steps; ++i) {
      x0 = wide(x0), x1 = low(x1), x2 = wide(x2), x3 = low(x3), x4 = wide(x4), x5 = low(x5);
      x6 = wide(x6), x7 = low(x7), x8 = wide(x8), x9 = low(x9), x10 = wide(x10), x11 = low(x11);
    }
    for (const auto& x : {x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11}) sink += hn::GetLane(x);
    return steps * kChains * hn::Lanes(d) / (sizeof(W) == 8 ? 4 : 1);
  }
#endif
  const W a = static_cast<W>(sink | 5), b = static_cast<W>(sink | 3);
  W chains[kChains];
  std::iota(std::begin(chains), std::end(chains), W{0});  // equal ones would be computed once
  for (std::uint64_t i = 0; i < steps; ++i)
    for (W& x : chains) x = static_cast<W>(b + Arith<W>{a} * x);
  for (const W x : chains) sink += static_cast<std::uint64_t>(x);
  return steps * kChains;
}

}  // namespace

using Chains = std::uint64_t (*)(std::uint64_t steps, std::uint64_t& sink);
Chains chains_for(unsigned ring_bits) {
  return with_word(ring_bits, []<class W>(std::type_identity<W>) -> Chains { return run_chains<W>; });
}

}  // namespace tacet::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacet::bench {
namespace {

HWY_EXPORT(chains_for);

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Words that one core multiplies in a second, and adds up, when it has nothing else to do.
double peak_per_second(unsigned ring_bits, std::uint64_t& sink) {
  std::uint64_t words = 0;
  const double taken = seconds_of([&] {
    for (int i = 0; i < 20; ++i) words += HWY_DYNAMIC_DISPATCH(chains_for)(ring_bits)(100'000, sink);
  });
  return static_cast<double>(words) / taken;
}

}  // namespace

std::vector<Row> bench_matmul(const BenchOptions& given) {
  BenchOptions options = given;
  const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(given.elements)));
  const double products = std::pow(static_cast<double>(side), 3);
  const ElementType element = ring(options.k);
  options.elements = static_cast<std::uint64_t>(side * side);

  // The peak and the kernel in turn, so that what else the machine does meets both.
  std::vector<double> peaks, times;
  std::uint64_t state = 1;
  std::vector<Tensor> tensors(3, Tensor(element, Shape{side, side}));
  for (Tensor& t : tensors)
    for (std::uint64_t i = 0; i < t.elements(); ++i) t.set(i, state = state * 6364136223846793005 + 1);
  const auto view = [](const Tensor& t) { return View{t.data(), t.element(), &t.shape()}; };
  const std::array factors{view(tensors[0]), view(tensors[1])};
  const MutableView out{tensors[2].data(), element, &tensors[2].shape()};
  for (unsigned i = 0; i <= options.repeat; ++i) {  // the first does not count
    const double peak = peak_per_second(options.k, state);
    const double taken = seconds_of([&] {
      op_row(Op::matmul).kernel({}, factors, out, {0, options.elements}, false);
    });
    if (i != 0) peaks.push_back(peak), times.push_back(taken);
  }
  Row kernel = skipped_row("matmul_kernel", options, "");
  kernel.n = 1;
  kernel.unit = "products";
  set_seconds(kernel, times);
  kernel.per_second = products / kernel.seconds;
  kernel.bounds = {{"multiplier", products, median(peaks)}};

  const auto plan = plan_of(options, [&](Builder& b) {
    const auto factor = [&] { return reshape(operand(b, element, side * side), {side, side}); };
    const Value z = matmul(factor(), factor());
    b.output("first", slice(reshape(z, {-1}), 0, 0, 1), Builder::party(0));
  });
  if (const std::string why = why_too_large(*plan); !why.empty())
    return {kernel, skipped_row("matmul", options, why)};
  Row row = make_row("matmul", options,
                     measure(options, plan, [](const Step& step) { return step.op == Op::matmul; }));
  row.unit = "products";
  row.per_second = products / row.seconds;
  const protocols::Layout layout(options.parties);
  double terms = 0;
  for (std::uint32_t p = 0; p < options.parties; ++p)
    terms += static_cast<double>(protocols::choose_product_forms(layout, p).matrix.size());
  const double cores = std::min(std::max(1u, std::thread::hardware_concurrency()), options.parties);
  const Bound local{"local products", terms * products, cores * kernel.per_second};
  row.bounds.push_back(local);
  row.more["times_its_local_products"] = row.seconds / local.seconds();
  return {kernel, row};
}

}  // namespace tacet::bench
#endif
