#include "apps/draw/draw.hpp"

#include <set>
#include <string_view>

#include "apps/draw/boxes.hpp"
#include "apps/draw/text.hpp"

namespace tacet::apps {
namespace {

constexpr std::size_t kLarge = 150;

struct Look {
  std::string_view fill, line, extra;
};

/// Blue comes in, amber is sent among parties, red is learnt by all, green by those named; the rest is local.
Look look_of(const Box& box) {
  switch (box.op) {
    case Op::input:
      return {"#dbeafe", "#2563eb", ""};
    case Op::output:
      return {"#dcfce7", "#15803d", ", peripheries=2"};
    case Op::reveal:
      return {"#fee2e2", "#dc2626", ", peripheries=2"};
    case Op::random:
      return {"#f3e8ff", "#9333ea", ""};
    case Op::constant:
      return {"#f1f5f9", "#94a3b8", ", style=\"filled\""};
    default:
      break;
  }
  if (box.exchange != Exchange::none) return {"#fef3c7", "#d97706", ""};
  return {"#ffffff", "#64748b", ""};
}

std::string names(const Graph& graph, const std::vector<Role>& roles) {
  constexpr std::size_t kShown = 4;
  std::string out;
  for (std::size_t i = 0; i < roles.size() && i < kShown; ++i)
    out += (i ? ", " : "") + escape_label(graph.role_name(roles[i]), 24);
  return roles.size() > kShown ? out + ", \xe2\x80\xa6" : out;
}

std::string small(const std::string& text, const char* colour = "#475569") {
  return std::string("<br/><font point-size=\"10\" color=\"") + colour + "\">" + text + "</font>";
}

std::string decimal(u128 value) {
  std::string out;
  do out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  while ((value /= 10) != 0);
  return out;
}

class Drawing {
 public:
  Drawing(const Plan& plan, const DrawOptions& options, const Boxes& boxes)
      : plan_(plan), graph_(plan.graph), options_(options), boxes_(boxes) {}

  std::string run() {
    head();
    rounds();
    for (const Edge& e : boxes_.edges)
      line("b" + std::to_string(e.from) + " -> b" + std::to_string(e.to) +
           (e.visibility == Visibility::open ? " [style=dashed, color=\"#94a3b8\"];" : ";"));
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  void line(const std::string& text) { out_ += "  " + text + "\n"; }

  void head() {
    out_ = "digraph tacet {\n";
    line(
        "graph [rankdir=LR, bgcolor=\"white\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, "
        "nodesep=0.22, "
        "ranksep=0.4, labelloc=t, labeljust=l, pad=0.25, tooltip=\"\", label=<" +
        title() + ">];");
    // Laying out large graphs perfectly takes minutes; good enough takes seconds.
    if (boxes_.boxes.size() > kLarge) line("graph [nslimit=2, nslimit1=2, mclimit=0.3, splines=polyline];");
    line(
        "node [shape=box, style=\"filled,rounded\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, "
        "fontcolor=\"#0f172a\", margin=\"0.14,0.07\", height=0.3, penwidth=1.3];");
    line("edge [color=\"#475569\", arrowsize=0.6, penwidth=1.0];");
  }

  std::string title() const {
    std::uint64_t bytes = 0;
    for (const LinkPlan& link : plan_.links) bytes += link.bytes;
    const Setting& s = plan_.setting;
    std::string out =
        "<table border=\"0\" cellborder=\"0\" cellspacing=\"4\" cellpadding=\"2\"><tr><td align=\"left\" "
        "colspan=\"7\">";
    if (!options_.title.empty())
      out += "<font point-size=\"16\"><b>" + escape_label(options_.title, 80) +
             "</b></font><br align=\"left\"/>";
    out += std::to_string(s.n) + " parties, at most " + std::to_string(s.t()) + " corrupt; " +
           (s.scheme == Scheme::plain ? "<b>plain: protects nothing</b>; " : "") +
           std::to_string(plan_.rounds) + (plan_.rounds == 1 ? " round, " : " rounds, ") +
           human_bytes(bytes) + " in all; " + grouped(graph_.size()) + " operations in " +
           grouped(plan_.steps.size()) + " steps" + detail_text() + "<br align=\"left\"/></td></tr><tr>";
    const auto key = [&](const char* fill, const char* border, const char* text) {
      out += std::string("<td border=\"1\" bgcolor=\"") + fill + "\" color=\"" + border +
             "\"><font point-size=\"10\">" + text + "</font></td>";
    };
    key("#dbeafe", "#2563eb", "private input");
    key("#ffffff", "#64748b", "local");
    key("#fef3c7", "#d97706", "sent among parties");
    key("#f3e8ff", "#9333ea", "random secret");
    key("#f1f5f9", "#94a3b8", "public constant");
    key("#fee2e2", "#dc2626", "learnt by all parties");
    key("#dcfce7", "#15803d", "learnt by those named");
    return out + "</tr></table>";
  }

  std::string detail_text() const {
    switch (boxes_.detail) {
      case DrawDetail::steps:
        return "; a box is a step";
      case DrawDetail::rounds:
        return "; a box is one kind of operation in one round";
      default:
        return "";
    }
  }

  /// One cluster per round. Invisible points before and behind each keep the rounds apart and in order, also
  /// where no value goes from one to the next.
  void rounds() {
    std::vector<std::uint64_t> bytes(plan_.rounds + 1, 0);
    for (const Box& box : boxes_.boxes) bytes[box.round] += box.bytes;
    std::set<std::uint32_t> fed, feeding;  // by or into a box of the same round
    for (const Edge& e : boxes_.edges)
      if (boxes_.boxes[e.from].round == boxes_.boxes[e.to].round) fed.insert(e.to), feeding.insert(e.from);
    for (std::uint32_t at = 0; at < boxes_.boxes.size();) {
      const std::uint32_t round = boxes_.boxes[at].round;
      const std::string r = std::to_string(round);
      out_ += "  subgraph cluster_" + r + " {\n";
      const std::string heading = round < plan_.rounds ? "<b>round " + std::to_string(round + 1) + "</b>  " +
                                                             human_bytes(bytes[round])
                                                       : "<b>at the end</b>";
      line(
          "  style=\"filled,rounded\"; color=\"#cbd5e1\"; fillcolor=\"#f8fafc\"; fontcolor=\"#334155\"; "
          "margin=10; tooltip=\"\"; label=<" +
          heading + ">;");
      line("  open" + r + ", close" + r +
           " [shape=point, style=invis, width=0.01, height=0.01, label=\"\"];");
      for (; at < boxes_.boxes.size() && boxes_.boxes[at].round == round; ++at) {
        const std::string id = "b" + std::to_string(at);
        line("  " + id + " [" + attributes(boxes_.boxes[at]) + "];");
        if (!fed.count(at)) line("  open" + r + " -> " + id + " [style=invis, weight=0];");
        if (!feeding.count(at)) line("  " + id + " -> close" + r + " [style=invis, weight=0];");
      }
      out_ += "  }\n";
      if (at < boxes_.boxes.size())
        line("close" + r + " -> open" + std::to_string(boxes_.boxes[at].round) +
             " [style=invis, weight=10];");
    }
  }

  std::string attributes(const Box& box) const {
    const Look look = look_of(box);
    std::string tooltip = std::string(op_row(box.op).name);
    if (const std::string where = graph_.location(box.first); !where.empty())
      tooltip = where + ": " + tooltip;
    return "label=<" + label(box) + ">, fillcolor=\"" + std::string(look.fill) + "\", color=\"" +
           std::string(look.line) + "\"" + std::string(look.extra) + ", tooltip=\"" +
           escape_label(tooltip, 200) + "\"";
  }

  std::string label(const Box& box) const {
    std::string out = "<b>" + headline(box) + "</b>";
    if (box.nodes > 1) out += " \xc3\x97 " + grouped(box.nodes);
    const ValueType& type = graph_.type(box.first);
    ElementType element = type.element;
    if (graph_.node(box.first).op == Op::input)  // as the program has declared it: plans hold integers
      element =
          element_of(graph_, graph_.inputs()[static_cast<std::size_t>(graph_.attributes(box.first)[0])]);
    std::string what = escape_label(element.to_string());
    if (box.nodes > 1) {
      what += ", " + grouped(box.elements) + (box.elements == 1 ? " element" : " elements");
    } else if (type.shape.rank() != 0) {
      what += " " + type.shape.to_string();
    }
    if (box.tiles > 1 && box.nodes == 1) what += " in " + grouped(box.tiles) + " tiles";
    if (boxes_.detail != DrawDetail::rounds) out += small(what);
    if (boxes_.detail == DrawDetail::rounds)
      out += small(grouped(box.elements) + (box.elements == 1 ? " element" : " elements"));
    if (const std::string who = people(box); !who.empty()) out += small(who, "#0f172a");
    if (box.bytes != 0) out += small(human_bytes(box.bytes), "#b45309");
    return out;
  }

  /// The name the program gave, the number it wrote, or what is done.
  std::string headline(const Box& box) const {
    const auto index = [&] { return static_cast<std::size_t>(graph_.attributes(box.first)[0]); };
    const bool alone = box.nodes == 1;
    if (alone && box.op == Op::input) return escape_label(graph_.inputs()[index()].name);
    if (alone && box.op == Op::output) return escape_label(graph_.outputs()[index()].name);
    if (alone && box.op == Op::constant && graph_.type(box.first).elements() == 1)
      return decimal(graph_.constants()[index()].get(0));
    return escape_label(op_row(box.op).name);
  }

  /// Who brings an input and who learns a result. Boxes of one round join many owners: then each would be
  /// wrong.
  std::string people(const Box& box) const {
    if (box.op == Op::reveal) return "learnt by all parties";
    if (box.op != Op::input && box.op != Op::output) return "";
    if (boxes_.detail == DrawDetail::rounds && box.nodes > 1)
      return box.op == Op::input ? "from their owners" : "to their receivers";
    const auto index = static_cast<std::size_t>(graph_.attributes(box.first)[0]);
    if (box.op == Op::input) return "from " + names(graph_, {graph_.inputs()[index].owner});
    return "learnt by " + names(graph_, graph_.outputs()[index].receivers);
  }

  const Plan& plan_;
  const Graph& graph_;
  const DrawOptions& options_;
  const Boxes& boxes_;
  std::string out_;
};

std::string_view name_of(DrawDetail detail) {
  switch (detail) {
    case DrawDetail::nodes:
      return "nodes";
    case DrawDetail::steps:
      return "steps";
    default:
      return "rounds";
  }
}

}  // namespace

std::string to_dot(const Plan& plan, const DrawOptions& options) {
  std::vector<DrawDetail> tried{options.detail};
  if (options.detail == DrawDetail::automatic)
    tried = {DrawDetail::nodes, DrawDetail::steps, DrawDetail::rounds};
  for (const DrawDetail detail : tried)
    if (const auto boxes = make_boxes(plan, detail, options.max_boxes))
      return Drawing(plan, options, *boxes).run();
  std::string text = "a drawing of this plan by " + std::string(name_of(tried.back())) + " needs more than " +
                     std::to_string(options.max_boxes) + " boxes (" + grouped(plan.graph.size()) +
                     " operations, " + grouped(plan.steps.size()) + " steps, " + grouped(plan.rounds) +
                     " rounds): ";
  if (tried.back() == DrawDetail::nodes) text += "draw its steps or rounds instead, or ";
  if (tried.back() == DrawDetail::steps) text += "draw its rounds instead, or ";
  throw Error(Errc::unsupported, text + "draw a smaller instance of the program");
}

}  // namespace tacet::apps
