# Programs are hardened: position-independent, relocations read-only and resolved at the start, stack and buffers checked.
string(REPLACE "," ";" programs "${PROGRAMS}")
foreach(program IN LISTS programs)
  execute_process(COMMAND "${READELF}" --wide --file-header --segments --dynamic --dyn-syms "${program}" OUTPUT_VARIABLE text
    COMMAND_ERROR_IS_FATAL ANY)
  foreach(part "Type: +DYN" "GNU_RELRO" "NOW" "__stack_chk_fail" "_chk@")
    if(NOT text MATCHES "${part}")
      message(SEND_ERROR "${program}: readelf shows no ${part}")
    endif()
  endforeach()
endforeach()
