# Builds apps/viewer in the build tree and writes its page as a C++ source file.
file(MAKE_DIRECTORY ${BUILD})
foreach(entry src tests package.json package-lock.json .npmrc tsconfig.json vite.config.ts playwright.config.ts
    index.html)
  if(EXISTS ${SOURCE}/${entry})
    file(COPY ${SOURCE}/${entry} DESTINATION ${BUILD})
  endif()
endforeach()
function(npm)
  execute_process(COMMAND ${NPM} ${ARGN} WORKING_DIRECTORY ${BUILD} RESULT_VARIABLE result
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(result)
    message(FATAL_ERROR "npm ${ARGN}: ${output}")
  endif()
endfunction()
npm(ci --no-audit --no-fund)
npm(run build)
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
