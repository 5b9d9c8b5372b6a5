#pragma once

/// What a pipeline needs: the language in which a computation is described, and the command it becomes.
#include "apps/program.hpp"
#include "graph/builder.hpp"
#include "graph/data.hpp"
#include "graph/functions.hpp"
