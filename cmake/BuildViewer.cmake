# Builds apps/viewer in the build tree and writes its page as a C++ source file.
file(MAKE_DIRECTORY ${BUILD})
foreach(entry src tests package.json package-lock.json .npmrc tsconfig.json vite.config.ts playwright.config.ts
    index.html)
  if(EXISTS ${SOURCE}/${entry})
    file(COPY ${SOURCE}/${entry} DESTINATION ${BUILD})
  endif()
endforeach()
# Networks fail now and then: what fetches is tried three times.
function(npm tries)
  foreach(i RANGE 1 ${tries})
    execute_process(COMMAND ${NPM} ${ARGN} WORKING_DIRECTORY ${BUILD} RESULT_VARIABLE result
      OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "npm ${ARGN} failed; without the page: cmake -DTACET_VIEWER=OFF\n${output}")
endfunction()
npm(3 ci --no-audit --no-fund)
npm(1 run build)
file(READ ${BUILD}/dist/index.html page HEX)
string(REGEX REPLACE "(..)" "0x\\1," page "${page}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" page "${page}")
file(WRITE ${PAGE} "#include <string_view>
namespace tacet::apps {
namespace {
constexpr unsigned char kBytes[] = {\n${page}};
}
extern const std::string_view kViewerPage;
const std::string_view kViewerPage(reinterpret_cast<const char*>(kBytes), sizeof kBytes);
}  // namespace tacet::apps
")
