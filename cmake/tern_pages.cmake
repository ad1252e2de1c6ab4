# What man(1) and the shells read. The program prints it, so that no second list of flags can differ from its own.
if(TERN_SANITIZE OR (CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR))
  return()  # a program that does not run here, or not without help
endif()

# tern_page(FILE DESTINATION ARGUMENT...): what `tern ARGUMENT...` prints becomes FILE in the folder DESTINATION.
function(tern_page file destination)
  set(output ${CMAKE_BINARY_DIR}/pages/${file})
  add_custom_command(OUTPUT ${output} DEPENDS tern COMMAND tern --no-config ${ARGN} > ${output})
  install(FILES ${output} DESTINATION ${destination} COMPONENT program)
  set_property(GLOBAL APPEND PROPERTY TERN_PAGES ${output})
endfunction()

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/pages)
set(man ${CMAKE_INSTALL_MANDIR}/man1)
tern_page(tern.1 ${man} manual)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS apps/tern/commands.inc)
file(STRINGS apps/tern/commands.inc lines REGEX "^TERN_COMMAND")
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^TERN_COMMAND\\(([a-z_]+),.*" "\\1" verb "${line}")
  string(REPLACE "_" "-" verb ${verb})
  tern_page(tern-${verb}.1 ${man} manual ${verb})
endforeach()
tern_page(tern ${CMAKE_INSTALL_DATADIR}/bash-completion/completions completions bash)
tern_page(_tern ${CMAKE_INSTALL_DATADIR}/zsh/site-functions completions zsh)
tern_page(tern.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d completions fish)

get_property(pages GLOBAL PROPERTY TERN_PAGES)
add_custom_target(tern_pages ALL DEPENDS ${pages})
