# One static library per top-level folder; every source file below it belongs to it.
function(tacet_library name)
  file(GLOB_RECURSE sources RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "^(main|bench|examples|tools)/")
  add_library(tacet_${name} STATIC ${sources})
  add_library(tacet::${name} ALIAS tacet_${name})
  set_target_properties(tacet_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(tacet_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/tacet>)
  tacet_flags(tacet_${name})
endfunction()

function(tacet_flags target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 reports it inside its own std::string
    $<$<BOOL:${TACET_WERROR}>:-Werror>)
  if(TACET_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${TACET_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${TACET_SANITIZE})
    if(TACET_SANITIZE MATCHES undefined)
      target_compile_options(${target} PRIVATE -fno-sanitize-recover=undefined)
    endif()
  endif()
endfunction()
