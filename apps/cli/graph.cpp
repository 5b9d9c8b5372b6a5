#include <iostream>

#include "apps/cli/options.hpp"
#include "apps/draw/draw.hpp"
#include "apps/io/file.hpp"

namespace tacet::apps {

int graph_verb(const Program& program, const Program::Build& build, const Options& options) {
  if (options.format != "dot" && options.format != "svg")
    throw Error(Errc::bad_argument, "--format " + options.format + ": expected dot or svg");
  const Job job = prepare(program, build, options, options.parties, parse_scheme(options.scheme));
  DrawOptions draw;
  draw.title = program.name();
  std::string text = to_dot(*job.plan, draw);
  if (options.format == "svg") text = to_svg(text);
  if (options.file.empty()) {
    std::cout << text;
  } else {
    AtomicFile file(options.file);
    file.append(text);
    file.commit();
  }
  return 0;
}

}  // namespace tacet::apps
