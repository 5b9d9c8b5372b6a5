#include <set>

#include "apps/cli/command.hpp"
#include "apps/cli/deliver.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/places.hpp"
#include "apps/cli/policy.hpp"
#include "apps/draw/document.hpp"
#include "apps/draw/draw.hpp"
#include "apps/draw/page.hpp"

namespace tacet::apps {

std::vector<Profile> profiles() {
  std::vector<Profile> out;
  for (const Network& n : networks())
    if (n.name != "loopback") out.push_back({n.name, n.round_seconds, n.bytes_per_second});
  return out;
}

int draw_job(const Job& job, const Options& options) {
  const std::set<std::string> formats{"dot", "svg", "json", "html"};
  if (!formats.contains(options.format))
    throw Error(Errc::bad_argument, "--format " + options.format + ": expected dot, svg, json or html");
  if (!options.traces.empty() && options.format != "html")
    throw Error(Errc::bad_argument, "--trace: only pages show traces; expected --format html");
  if (!options.file.empty()) Places(options, job.sources).writes(options.file, "--file " + options.file);
  std::string text;
  if (options.format == "dot" || options.format == "svg") {
    DrawOptions draw;
    draw.title = job.name;
    text = to_dot(*job.plan, draw);
    if (options.format == "svg") text = to_svg(text);
  } else {
    text = to_document(*job.plan, job.name, profiles());
    if (options.format == "html") {
      std::vector<PageTrace> traces;
      for (const std::string& file : options.traces) traces.push_back(read_page_trace(file));
      text = to_page(job.name, text, traces);
    }
  }
  // What shows a private file is private, too; a plan is not.
  write_text(options.file, text,
             options.output_mode || options.traces.empty() ? options.output_mode : std::optional(kPrivate));
  return kDone;
}

int graph_verb(const Program& program, const Program::Build& build, const Options& options) {
  return draw_job(prepare(program, build, options, options.parties, parse_scheme(options.scheme)), options);
}

}  // namespace tacet::apps
