# Run by cpack once the components' files are staged: what Debian's policy wants of every package.
set(permissions OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

function(compress file)
  execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component}/usr/share)
  set(documents ${share}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  file(COPY ${CPACK_TERN_COPYRIGHT} ${CPACK_TERN_CHANGELOG} DESTINATION ${documents}
    FILE_PERMISSIONS ${permissions} DIRECTORY_PERMISSIONS ${permissions} OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
  compress(${documents}/changelog)
  file(GLOB pages ${share}/man/man*/*.[1-8])
  foreach(page IN LISTS pages)
    compress(${page})
  endforeach()
endforeach()
