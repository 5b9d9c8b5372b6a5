#include <boost/test/unit_test.hpp>

#include <thread>

#include "protocols/keys.hpp"
#include "simulator.hpp"

using namespace tacet;
using namespace tacet::protocols;
using namespace tacet::protocols::testing;

namespace {

constexpr std::uint64_t kSeed = 4242;

void check_value(const Simulator& sim, Spread& value, const Tensor& expected, const std::string& what) {
  bool consistent = false;
  const Tensor got = sim.reconstruct(value, &consistent);
  BOOST_TEST_CONTEXT(what << " " << value.element.to_string() << " n=" << sim.setting().n) {
    BOOST_TEST(consistent);
    BOOST_TEST((got == expected));
    BOOST_TEST(sim.sizes_match);
    for (const Status& fault : sim.faults) BOOST_TEST(!fault.has_value());
  }
}

template <class F>
void for_each_case(std::initializer_list<std::uint32_t> parties, F f) {
  BOOST_TEST_MESSAGE("seed " << kSeed);
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : parties)
    for (const ElementType element : tested_elements()) f(Setting{Scheme::rss, n, 2}, element, random);
}

Op product_of(ElementType element) {
  return element.domain == Domain::ring ? Op::mul : Op::bit_and;
}
Op sum_of(ElementType element) {
  return element.domain == Domain::ring ? Op::add : Op::bit_xor;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernels)

BOOST_AUTO_TEST_CASE(inputs_by_parties_and_clients) {
  for_each_case({3, 5, 7, 9}, [](const Setting& setting, ElementType element, auto& random) {
    Simulator sim(setting);
    const Tensor value = edge_pairs(element, 70, random).first;
    for (std::uint32_t p = 0; p < setting.n; ++p) {
      Spread shared = sim.input({false, p}, value);
      check_value(sim, shared, value, "input by a party");
    }
    for (std::uint32_t c = 0; c < setting.clients; ++c) {
      Spread shared = sim.input({true, c}, value);
      check_value(sim, shared, value, "input by a client");
    }
  });
}

BOOST_AUTO_TEST_CASE(elementwise_products) {
  for_each_case({3, 5, 7, 9}, [](const Setting& setting, ElementType element, auto& random) {
    Simulator sim(setting);
    const auto [a, b] = edge_pairs(element, 100, random);
    Spread x = sim.input({false, 0}, a), y = sim.input({false, setting.n - 1}, b);
    const Op op = product_of(element);
    Spread z = sim.apply(op, {&x, &y});
    check_value(sim, z, clear(op, {&a, &b}), "product");
    Spread w = sim.apply(op, {&z, &x});  // of a product: no share is zero
    const Tensor product = clear(op, {&a, &b});
    check_value(sim, w, clear(op, {&product, &a}), "product of a product");
    Spread s = sim.apply(op, {&x, &x});
    check_value(sim, s, clear(op, {&a, &a}), "square");
  });
}

// Who deals no mask of a share draws their sum, other dealers but one draw their own as well.
BOOST_AUTO_TEST_CASE(a_product_draws_few_masks) {
  for (const auto& [n, draws] : {std::pair{3u, 2u}, {5u, 12u}, {7u, 48u}}) {
    const Setting setting{Scheme::rss, n, 0};
    Simulator sim(setting);
    Spread x = sim.input({false, 0}, Tensor(ring(32), Shape{64})),
           y = sim.input({false, 1}, Tensor(ring(32), Shape{64}));
    for (std::uint32_t p = 0; p < n; ++p) {
      const std::uint64_t before = sim.kernels(p).drawn_bytes();
      sim.apply(Op::mul, {&x, &y});
      BOOST_TEST(sim.kernels(p).drawn_bytes() - before == 64u * 4 * draws, "n " << n << ", party " << p);
    }
  }
}

BOOST_AUTO_TEST_CASE(products_that_stretch) {
  for_each_case({3, 5, 7}, [](const Setting& setting, ElementType element, auto& random) {
    Simulator sim(setting);
    const Op op = product_of(element);
    const std::pair<Shape, Shape> shapes[] = {
        {{5, 13}, {1}},  {{}, {5, 13}}, {{1}, {}},        {{4, 3}, {3}},    {{4, 1}, {1, 3}},
        {{1, 70}, {70}}, {{0}, {1}},    {{2, 0}, {2, 0}}, {{1, 1}, {3, 1}}, {{3, 1, 2}, {2, 1}}};
    for (const auto& [sa, sb] : shapes) {
      const Tensor a = random_tensor(element, sa, random), b = random_tensor(element, sb, random);
      Spread x = sim.share(a, random), y = sim.share(b, random);
      Spread z = sim.apply(op, {&x, &y});
      check_value(sim, z, clear(op, {&a, &b}), "product of " + sa.to_string() + " and " + sb.to_string());
    }
  });
}

BOOST_AUTO_TEST_CASE(conjunctions_of_sums) {
  for_each_case({3, 5, 7}, [](const Setting& setting, ElementType element, auto& random) {
    if (element.domain == Domain::ring) return;
    for (const std::int64_t elements : {1, 63, 130, 20000}) {
      Simulator sim(setting);
      const Tensor a = random_tensor(element, {elements}, random),
                   b = random_tensor(bits(3), {elements}, random), c = random_tensor(bits(2), {1}, random),
                   p = random_tensor(bits(2), {elements}, random);
      Spread x = sim.share(a, random), y = sim.share(b, random), one = sim.share(c, random),
             known = sim.constant(p);
      const auto planes = static_cast<std::int64_t>(element.width) + 3 + 2 + 2;
      std::vector<std::int64_t> left, right;
      constexpr int kWidth = 5;
      for (std::vector<std::int64_t>* side : {&left, &right})
        for (int i = 0; i < kWidth; ++i) {
          const auto terms = static_cast<std::int64_t>(random() % 6);
          side->push_back(terms);
          for (std::int64_t j = 0; j < terms; ++j)
            side->push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(planes + 1)) - 1);
        }
      std::vector<std::int64_t> attributes{static_cast<std::int64_t>(Visibility::secret),
                                           static_cast<std::int64_t>(left.size())};
      attributes.insert(attributes.end(), left.begin(), left.end());
      attributes.insert(attributes.end(), right.begin(), right.end());
      Spread z = sim.apply(Op::gates, {&x, &y, &one, &known}, attributes);
      check_value(sim, z, clear(Op::gates, {&a, &b, &c, &p}, attributes), "gates");
      // What the clear kernel says is what sums and a conjunction say.
      left.insert(left.begin(), 1), right.insert(right.begin(), 1);
      const Tensor l = clear(Op::wires, {&a, &b, &c, &p}, left),
                   r = clear(Op::wires, {&a, &b, &c, &p}, right);
      BOOST_TEST((clear(Op::gates, {&a, &b, &c, &p}, attributes) == clear(Op::bit_and, {&l, &r})));
    }
  });
}

BOOST_AUTO_TEST_CASE(dot_and_matrix_products) {
  for_each_case({3, 5, 7, 9}, [](const Setting& setting, ElementType element, auto& random) {
    if (element.domain == Domain::bits) return;
    Simulator sim(setting);
    const std::tuple<Op, Shape, Shape> cases[] = {
        {Op::matmul, {3, 4}, {4, 5}},    {Op::matmul, {2, 9}, {9, 40}}, {Op::matmul, {7}, {7, 2}},
        {Op::matmul, {2, 3, 4}, {4, 1}}, {Op::matmul, {2, 0}, {0, 3}},  {Op::dot, {17}, {17}},
        {Op::dot, {3, 5}, {5}},          {Op::dot, {2, 1, 6}, {3, 6}}};
    for (const auto& [op, sa, sb] : cases) {
      const Tensor a = random_tensor(element, sa, random), b = random_tensor(element, sb, random);
      Spread x = sim.share(a, random), y = sim.share(b, random);
      Spread z = sim.apply(op, {&x, &y});
      check_value(sim, z, clear(op, {&a, &b}), std::string(op_row(op).name));
    }
  });
}

BOOST_AUTO_TEST_CASE(convolutions) {
  struct Case {
    Shape input, filter;
    std::vector<std::int64_t> attributes;
  };
  const Case cases[] = {{{2, 5, 4, 3}, {2, 3, 2, 3}, {2, 1, 1, 1, 1, 0, 0, 2, 1}},
                        {{1, 4, 4, 5}, {10, 2, 2, 1}, {1, 1, 2, 1, 0, 1, 1, 0, 5}},
                        {{1, 3, 3, 4}, {6, 3, 3, 2}, {1, 1, 1, 1, 1, 1, 1, 1, 2}},
                        {{0, 3, 3, 2}, {1, 1, 1, 2}, {1, 1, 1, 1, 0, 0, 0, 0, 1}},
                        {{1, 2, 2, 0}, {3, 1, 1, 0}, {1, 1, 1, 1, 0, 0, 0, 0, 1}}};
  for_each_case({3, 5, 7}, [&](const Setting& setting, ElementType element, auto& random) {
    if (element.domain == Domain::bits) return;
    Simulator sim(setting);
    for (const auto& [input, filter, attributes] : cases) {
      const Tensor a = random_tensor(element, input, random), b = random_tensor(element, filter, random);
      const Tensor expected = clear(Op::conv2d, {&a, &b}, attributes);
      Spread x = sim.share(a, random), y = sim.share(b, random);
      Spread open_x = sim.constant(a), open_y = sim.constant(b);
      Spread z = sim.apply(Op::conv2d, {&x, &y}, attributes);
      check_value(sim, z, expected, "convolution of secrets");
      Spread by_public = sim.apply(Op::conv2d, {&x, &open_y}, attributes);
      check_value(sim, by_public, expected, "convolution with a public filter");
      Spread of_public = sim.apply(Op::conv2d, {&open_x, &y}, attributes);
      check_value(sim, of_public, expected, "convolution of a public input");
    }
  });
}

BOOST_AUTO_TEST_CASE(large_values_cross_strips) {
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u, 7u})
    for (const ElementType element : {ring(8), ring(32), ring(72), bits(1), bits(5)})
      for (const std::uint64_t tile : {std::uint64_t{0}, std::uint64_t{4096 + 64}}) {
        Simulator sim({Scheme::rss, n, 1});
        sim.tile = tile;
        const Shape shape{element.domain == Domain::ring ? 9001 : 70001};
        const Tensor a = random_tensor(element, shape, random), b = random_tensor(element, shape, random);
        Spread x = sim.input({false, 1}, a), y = sim.input({true, 0}, b);
        check_value(sim, x, a, "tiled input by a party");
        check_value(sim, y, b, "tiled input by a client");
        Spread z = sim.apply(product_of(element), {&x, &y});
        const Tensor expected = clear(product_of(element), {&a, &b});
        check_value(sim, z, expected, "tiled product");
        const auto opened = sim.open(z, {{false, 0}, {true, 0}});
        BOOST_TEST((opened[0] == expected));
        BOOST_TEST((opened[n] == expected));
      }
}

BOOST_AUTO_TEST_CASE(local_operations_with_secret_and_public_operands) {
  for_each_case({3, 5, 7}, [](const Setting& setting, ElementType element, auto& random) {
    Simulator sim(setting);
    const bool is_ring = element.domain == Domain::ring;
    const std::pair<Shape, Shape> shapes[] = {
        {{5, 13}, {5, 13}}, {{5, 13}, {}}, {{1}, {70}}, {{4, 1}, {1, 3}}, {{0}, {1}}};
    for (const auto& [sa, sb] : shapes) {
      const Tensor a = random_tensor(element, sa, random), b = random_tensor(element, sb, random);
      std::vector<Op> ops{product_of(element), sum_of(element)};
      if (is_ring) ops.push_back(Op::sub);
      for (const Op op : ops) {
        Spread x = sim.share(a, random), y = sim.share(b, random);
        Spread cx = sim.constant(a), cy = sim.constant(b);
        const Tensor expected = clear(op, {&a, &b});
        Spread sp = sim.apply(op, {&x, &cy}), ps = sim.apply(op, {&cx, &y}), pp = sim.apply(op, {&cx, &cy});
        check_value(sim, sp, expected, std::string(op_row(op).name) + " secret, public");
        check_value(sim, ps, expected, std::string(op_row(op).name) + " public, secret");
        BOOST_TEST(!pp.secret);
        if (op == product_of(element)) continue;
        Spread ss = sim.apply(op, {&x, &y});
        check_value(sim, ss, expected, std::string(op_row(op).name) + " secret, secret");
      }
    }
    const Tensor a = random_tensor(element, {3, 4}, random), b = random_tensor(element, {3, 2}, random);
    const Tensor c = random_tensor(element, {3, 7}, random);
    Spread x = sim.constant(a), y = sim.share(b, random), w = sim.constant(c);
    Spread z = sim.apply(Op::concat, {&x, &y, &w}, {1});
    check_value(sim, z, clear(Op::concat, {&a, &b, &c}, {1}), "concat of secret and public");
    if (!is_ring) return;
    Spread s = sim.apply(Op::neg, {&y});
    check_value(sim, s, clear(Op::neg, {&b}), "neg");
    Spread m = sim.apply(Op::transpose, {&y}, {1, 0});
    check_value(sim, m, clear(Op::transpose, {&b}, {1, 0}), "transpose");
    Spread left = sim.constant(Tensor(element, {2, 3}, std::vector<u128>{1, 2, 3, 4, 5, 6}));
    const Tensor clear_left(element, {2, 3}, std::vector<u128>{1, 2, 3, 4, 5, 6});
    Spread p = sim.apply(Op::matmul, {&left, &y});
    check_value(sim, p, clear(Op::matmul, {&clear_left, &b}), "public matrix by secret matrix");
  });
}

BOOST_AUTO_TEST_CASE(random_values_are_shared_and_spread_out) {
  for_each_case({3, 5}, [](const Setting& setting, ElementType element, auto&) {
    Simulator sim(setting);
    Spread r = sim.random(element, {200});
    bool consistent = false;
    const Tensor value = sim.reconstruct(r, &consistent);
    BOOST_TEST(consistent);
    u128 ones = 0, zeros = 0;
    for (const u128 v : value.values()) ones |= v, zeros |= ~v;
    BOOST_TEST((ones == low_mask<u128>(element.width)));  // each bit is 1 somewhere and 0 somewhere
    BOOST_TEST(((zeros & low_mask<u128>(element.width)) == low_mask<u128>(element.width)));
    Spread other = sim.random(element, {200});
    BOOST_TEST((sim.reconstruct(other).values() != value.values()));
    const auto opened = sim.open(r);
    for (std::uint32_t p = 0; p < setting.n; ++p) BOOST_TEST((opened[p] == value));
  });
}

BOOST_AUTO_TEST_CASE(the_plain_scheme_computes_the_same) {
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u})
    for (const ElementType element : tested_elements()) {
      Simulator sim({Scheme::plain, n, 1});
      const auto [a, b] = edge_pairs(element, 10, random);
      Spread x = sim.input({false, 0}, a), y = sim.input({true, 0}, b);
      Spread z = sim.apply(product_of(element), {&x, &y});
      const Tensor expected = clear(product_of(element), {&a, &b});
      check_value(sim, z, expected, "product");
      BOOST_TEST((sim.open(z, {{true, 0}})[n] == expected));
    }
}

BOOST_AUTO_TEST_CASE(payloads_of_the_wrong_length_are_faults) {
  std::mt19937_64 random(kSeed);
  Simulator sim({Scheme::rss, 3, 1});
  const auto kernels = make_kernels(sim.setting(), EndpointId{0}, test_keys(sim.setting(), EndpointId{0}, 1));
  const auto scratch = kernels->make_scratch();
  const Tensor a = random_tensor(ring(20), {10}, random);
  Spread x = sim.share(a, random), y = sim.share(a, random), z = sim.apply(Op::mul, {&x, &y});
  const Operand operands[] = {x.at(0), y.at(0)};
  Operand result = z.at(0);
  std::vector<std::byte> payload(31);
  StepArgs args;
  args.op = Op::mul, args.exchange = Exchange::reshare, args.operands = operands, args.result = &result;
  args.range = {0, 10}, args.scratch = scratch.get();
  const auto malformed = [&](std::vector<std::span<const std::byte>> in) {
    args.in = in;
    const Status s = kernels->finish(args);
    return s && s->kind == Fault::Kind::malformed;
  };
  const std::span<const std::byte> all(payload);
  BOOST_TEST(malformed({}));
  BOOST_TEST(malformed({all}));
  BOOST_TEST(malformed({all.first(29)}));
  BOOST_TEST(malformed({all.first(30), all.first(30)}));
  BOOST_TEST(!malformed({all.first(30)}));
}

BOOST_AUTO_TEST_CASE(threads_compute_ranges_of_one_value) {
  // Party 0's half of a product, by one thread and by four with scratch of their own.
  std::mt19937_64 random(kSeed);
  for (const ElementType element : {ring(31), bits(3)}) {
    const Setting setting{Scheme::rss, 5, 0};
    Simulator sim(setting);
    const std::int64_t count = 20000;
    const Tensor a = random_tensor(element, {count}, random), b = random_tensor(element, {count}, random);
    Spread x = sim.share(a, random), y = sim.share(b, random);
    const std::vector<Operand> operands{x.at(0), y.at(0)};
    const auto run = [&](int threads) {
      const auto kernels = make_kernels(setting, EndpointId{0}, test_masks(setting)(EndpointId{0}));
      Spread z = sim.spread(element, a.shape(),
                            std::vector<Tensor>(sim.layout().shares(), Tensor(element, a.shape())));
      Operand result = z.at(0);
      constexpr std::uint64_t kStep = 1984;
      std::vector<std::vector<std::byte>> payloads;
      for (std::uint64_t begin = 0; begin < a.elements(); begin += kStep)
        payloads.emplace_back(element.payload_bytes(std::min(kStep, a.elements() - begin)));
      const auto work = [&](int thread) {
        const auto scratch = kernels->make_scratch();
        for (std::size_t i = static_cast<std::size_t>(thread); i < payloads.size();
             i += static_cast<std::size_t>(threads)) {
          const std::span<std::byte> out[] = {payloads[i]};
          StepArgs args;
          args.op = product_of(element), args.exchange = Exchange::reshare, args.address = 77;
          args.operands = operands, args.result = &result;
          args.range = {i * kStep, std::min((i + 1) * kStep, a.elements())};
          args.out = out, args.scratch = scratch.get();
          kernels->start(args);
        }
      };
      std::vector<std::thread> pool;
      for (int i = 1; i < threads; ++i) pool.emplace_back(work, i);
      work(0);
      for (std::thread& t : pool) t.join();
      std::vector<std::byte> all;
      for (const auto& p : payloads) all.insert(all.end(), p.begin(), p.end());
      for (const std::byte* c : result.components)
        all.insert(all.end(), c, c + element.memory_bytes(a.elements()));
      return all;
    };
    BOOST_TEST((run(1) == run(4)));
  }
}

BOOST_AUTO_TEST_CASE(keys_of_a_real_setup_work) {
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u}) {
    const Setting setting{Scheme::rss, n, 1};
    const std::vector<std::byte> session(16, std::byte{3});
    std::vector<KeySetup> setups;
    for (std::uint32_t e = 0; e <= n; ++e) setups.emplace_back(setting, EndpointId{e}, session);
    for (std::uint32_t from = 0; from <= n; ++from)
      for (std::uint32_t to = 0; to <= n; ++to)
        if (from != to)
          BOOST_TEST(
              !setups[to].receive(EndpointId{from}, setups[from].message_to(EndpointId{to})).has_value());
    Simulator sim(setting, [&](EndpointId e) { return checked_masks(aes_masks(setups[e.value].finish())); });
    const auto [a, b] = edge_pairs(ring(32), 10, random);
    Spread x = sim.input({false, 2}, a), y = sim.input({true, 0}, b);
    Spread z = sim.apply(Op::mul, {&x, &y});
    const Tensor expected = clear(Op::mul, {&a, &b});
    check_value(sim, z, expected, "product");
    BOOST_TEST((sim.open(z, {{true, 0}, {false, 0}})[n] == expected));
  }
}

BOOST_AUTO_TEST_SUITE_END()
