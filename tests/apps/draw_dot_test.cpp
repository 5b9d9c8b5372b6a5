// Drawings say what a plan does, to people who never saw the program.
#include <boost/test/unit_test.hpp>
#include <map>

#include "apps/draw/boxes.hpp"
#include "apps/draw/draw.hpp"
#include "apps/draw/text.hpp"
#include "graph/builder.hpp"

namespace tacet::apps {
namespace {

Role party(std::uint32_t i) {
  return Builder::party(i);
}

Plan plan_of(const Builder& b, std::uint32_t n = 3, PlanOptions options = {}) {
  return make_plan(b.graph(), {Scheme::rss, n, static_cast<std::uint32_t>(b.graph().clients().size())},
                   options);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

/// The line of the box whose label starts with that headline.
std::string box(const std::string& dot, const std::string& headline) {
  const std::size_t at = dot.find("[label=<<b>" + headline + "</b>");
  return at == std::string::npos ? "" : dot.substr(at, dot.find('\n', at) - at);
}

int score_line = 0;

Builder model() {
  Builder b;
  const Role clinic = b.client("clinic"), patient = b.client("patient");
  const Value w = b.input("weights", clinic, ring(32), {9});
  const Value x = b.input("records", patient, ring(32), {20, 10});
  score_line = __LINE__ + 1;
  b.output("scores", matmul(slice(x, 1, 0, 9), w) + 5, {patient, party(1)});
  return b;
}

void chains(Builder& b, int branches, int depth) {
  for (int i = 0; i < branches; ++i) {
    const Value x = b.input("x" + std::to_string(i), party(0), ring(64));
    Value y = x;
    for (int d = 0; d < depth; ++d) y = y * x;
    b.output("y" + std::to_string(i), y, party(1));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(draw_dot)

BOOST_AUTO_TEST_CASE(inputs_say_who_brings_them_and_outputs_who_learns_them) {
  const std::string dot = to_dot(plan_of(model()), {.title = "risk"});
  BOOST_TEST(has(box(dot, "weights"), "from clinic"));
  BOOST_TEST(has(box(dot, "records"), "from patient"));
  BOOST_TEST(has(box(dot, "records"), "ring(32) [20, 10]"));
  BOOST_TEST(has(box(dot, "scores"), "learnt by patient, party 1"));
  BOOST_TEST(has(box(dot, "scores"), "peripheries=2"));
  BOOST_TEST(!has(box(dot, "weights"), "peripheries"));
  BOOST_TEST(has(box(dot, "5"), "ring(32)"), "a constant shows its value");
  BOOST_TEST(has(dot, "<b>risk</b>"));
  BOOST_TEST(
      has(box(dot, "matmul"), "tooltip=\"draw_dot_test.cpp:" + std::to_string(score_line) + ": matmul\""));
}

BOOST_AUTO_TEST_CASE(bytes_are_those_of_the_plan) {
  const std::string dot = to_dot(plan_of(model()));
  BOOST_TEST(has(box(dot, "weights"), "72 B"));  // 9 * 4 bytes to two parties
  BOOST_TEST(has(box(dot, "matmul"), "240 B"));  // 20 * 4 bytes from each of three parties
  BOOST_TEST(has(box(dot, "scores"), "560 B"));  // 80 bytes to the party, six copies to the client
  BOOST_TEST(!has(box(dot, "slice"), " B<"), "local work sends nothing");
  BOOST_TEST(has(dot, "2.5 kB in all"));  // and 1600 for the records: 2472
}

BOOST_AUTO_TEST_CASE(each_round_is_a_cluster_with_its_bytes) {
  const std::string dot = to_dot(plan_of(model()));
  for (const char* round : {"<b>round 1</b>  1.7 kB", "<b>round 2</b>  240 B", "<b>round 3</b>  560 B"})
    BOOST_TEST(has(dot, round), round);
  BOOST_TEST(count(dot, "subgraph cluster_") == 3u);
}

BOOST_AUTO_TEST_CASE(a_reveal_stands_out) {
  Builder b;
  const Value x = b.input("x", party(0), ring(8)), r = reveal(x);
  b.output("y", x * r, party(0));
  const std::string dot = to_dot(plan_of(b));
  BOOST_TEST(has(box(dot, "reveal"), "learnt by all parties"));
  BOOST_TEST(has(box(dot, "reveal"), "peripheries=2"));
  BOOST_TEST(count(dot, "[style=dashed") == 1u);  // the public value on its way to the product
  BOOST_TEST(!has(box(dot, "mul"), " B<"));
}

BOOST_AUTO_TEST_CASE(what_takes_no_round_is_drawn_behind_the_last) {
  Builder b;
  b.output("y", reveal(b.input("x", party(0), ring(8))) + 1, party(0));
  const std::string dot = to_dot(plan_of(b));
  BOOST_TEST(has(dot, "<b>round 2</b>"));
  BOOST_TEST(!has(dot, "<b>round 3</b>"));
  BOOST_TEST(has(dot, "at the end"));
}

BOOST_AUTO_TEST_CASE(the_plain_scheme_is_called_what_it_is) {
  Builder b;
  b.output("y", b.input("x", party(0), ring(8)), party(0));
  BOOST_TEST(has(to_dot(make_plan(b.graph(), {Scheme::plain, 3, 0})), "protects nothing"));
  BOOST_TEST(!has(to_dot(make_plan(b.graph(), {Scheme::rss, 3, 0})), "protects nothing"));
}

BOOST_AUTO_TEST_CASE(names_cannot_break_out_of_their_labels) {
  BOOST_TEST(escape_label("a<b>&\"c\"") == "a&lt;b&gt;&amp;&quot;c&quot;");
  BOOST_TEST(escape_label("a\\Nb") == "a\\\\Nb");
  BOOST_TEST(escape_label(std::string("a\nb\0c\x7f", 6)) ==
             "a\xef\xbf\xbd"
             "b\xef\xbf\xbd"
             "c\xef\xbf\xbd");
  BOOST_TEST(escape_label("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") == "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
  const std::string bad = "\xef\xbf\xbd";
  BOOST_TEST(escape_label("\xff") == bad);
  BOOST_TEST(escape_label("\xc3") == bad);
  BOOST_TEST(escape_label("\xc0\xaf") == bad + bad);            // a longer form than needed
  BOOST_TEST(escape_label("\xed\xa0\x80") == bad + bad + bad);  // half of a pair
  BOOST_TEST(escape_label("abcdef", 3) == "abc\xe2\x80\xa6");
  BOOST_TEST(escape_label("\xc3\xa4\xc3\xa4", 2) == "\xc3\xa4\xc3\xa4");
}

BOOST_AUTO_TEST_CASE(numbers_for_people) {
  BOOST_TEST(human_bytes(0) == "0 B");
  BOOST_TEST(human_bytes(999) == "999 B");
  BOOST_TEST(human_bytes(1000) == "1.0 kB");
  BOOST_TEST(human_bytes(999949) == "999.9 kB");
  BOOST_TEST(human_bytes(999950) == "1.0 MB");
  BOOST_TEST(human_bytes(2500000000u) == "2.5 GB");
  BOOST_TEST(human_bytes(~std::uint64_t{0}) == "18.4 EB");
  BOOST_TEST(grouped(0) == "0");
  BOOST_TEST(grouped(999) == "999");
  BOOST_TEST(grouped(1000) == "1,000");
  BOOST_TEST(grouped(1234567) == "1,234,567");
}

BOOST_AUTO_TEST_CASE(every_operation_is_a_box_and_every_operand_an_arrow) {
  const Plan plan = plan_of(model());
  const Boxes boxes = *make_boxes(plan, DrawDetail::nodes, 100);
  BOOST_TEST(boxes.boxes.size() == plan.graph.size());
  BOOST_TEST(boxes.edges.size() == 6u);
  for (const Edge& e : boxes.edges) BOOST_TEST(boxes.boxes[e.from].round <= boxes.boxes[e.to].round);
}

BOOST_AUTO_TEST_CASE(steps_and_rounds_join_what_belongs_together) {
  Builder b;
  chains(b, 40, 6);
  const Plan plan = plan_of(b);
  std::uint64_t sent = 0;
  for (const LinkPlan& link : plan.links) sent += link.bytes;
  for (const DrawDetail detail : {DrawDetail::nodes, DrawDetail::steps, DrawDetail::rounds}) {
    const Boxes boxes = *make_boxes(plan, detail, 1000);
    BOOST_TEST(boxes.boxes.size() == (detail == DrawDetail::nodes ? 40u * 8 : 8u));
    std::uint64_t nodes = 0, bytes = 0;
    for (const Box& box : boxes.boxes) nodes += box.nodes, bytes += box.bytes;
    BOOST_TEST(nodes == 40u * 8);
    BOOST_TEST(bytes == sent);
  }
  const std::string dot = to_dot(plan, {.detail = DrawDetail::steps});
  BOOST_TEST(count(dot, "<b>mul</b> \xc3\x97 40") == 6u);
}

BOOST_AUTO_TEST_CASE(tiles_of_a_large_value_are_one_box) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {1000});
  b.output("y", x * x, party(0));
  const Plan plan = plan_of(b, 3, {64});
  for (const DrawDetail detail : {DrawDetail::nodes, DrawDetail::steps}) {
    const std::string dot = to_dot(plan, {.detail = detail});
    BOOST_TEST(has(box(dot, "mul"), "in 16 tiles"));
    BOOST_TEST(has(box(dot, "mul"), "12.0 kB"));
  }
}

BOOST_AUTO_TEST_CASE(the_detail_follows_the_size) {
  const auto detail_of = [](const Plan& plan, std::size_t limit) {
    const std::string dot = to_dot(plan, {.max_boxes = limit});
    return has(dot, "a box is a step")                  ? DrawDetail::steps
           : has(dot, "a box is one kind of operation") ? DrawDetail::rounds
                                                        : DrawDetail::nodes;
  };
  Builder b;
  chains(b, 40, 6);
  const Value odd = b.input("odd", party(2), ring(8));
  b.output("odd", odd * odd, party(2));  // its steps are not those of the chains, its rounds are
  const Plan plan = plan_of(b);
  BOOST_TEST((detail_of(plan, 400) == DrawDetail::nodes));
  BOOST_TEST((detail_of(plan, 322) == DrawDetail::steps));
  BOOST_TEST((detail_of(plan, 10) == DrawDetail::rounds));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drawn_is_refused_with_a_way_out) {
  Builder b;
  chains(b, 20, 20);
  const Plan plan = plan_of(b);
  const auto refused = [&](DrawDetail detail, std::vector<std::string> parts) {
    BOOST_CHECK_EXCEPTION(to_dot(plan, {.detail = detail, .max_boxes = 10}), Error, [&](const Error& e) {
      bool all = e.code() == Errc::unsupported;
      for (const std::string& part : parts) all = all && has(e.what(), part);
      return all;
    });
  };
  refused(DrawDetail::nodes, {"440 operations", "10 boxes", "its steps or rounds"});
  refused(DrawDetail::steps, {"22 steps", "its rounds"});
  refused(DrawDetail::automatic, {"22 rounds", "smaller instance"});
}

BOOST_AUTO_TEST_CASE(the_same_plan_gives_the_same_drawing) {
  BOOST_TEST((to_dot(plan_of(model())) == to_dot(plan_of(model()))));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::apps
