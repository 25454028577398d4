# Completion of pykeepalived for bash: what --help names, files for the rest.  Nothing is listed here a second time.
_pykeepalived() {
    local current=${COMP_WORDS[COMP_CWORD]} command=() words
    [ "$COMP_CWORD" -gt 1 ] && [[ ${COMP_WORDS[1]} != -* ]] && command=("${COMP_WORDS[1]}")
    if [ "$COMP_CWORD" = 1 ] || [[ $current = -* ]]; then
        # A command stands at the begin of an indented line, options anywhere before their text.
        words=$("${COMP_WORDS[0]}" "${command[@]}" --help 2>&1 | grep -oE '^  [a-z][a-z-]+ |(^|[ ,[])--?[a-zA-Z][a-z_-]*' | tr -d ' ,[')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current" | sort -u)
    fi
    [ ${#COMPREPLY[@]} != 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -o filenames -F _pykeepalived pykeepalived
