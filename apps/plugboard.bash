# bash completion for plugboard: every word comes from the program itself (plugboard __complete).

_plugboard()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local words='' list=''
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        words="$(plugboard __complete 2>/dev/null) help"
    elif [[ $before == --cipher || (($command == try || $command == ciphers) && $COMP_CWORD -eq 2 && $word != -*) ]]; then
        # After a comma the next cipher of a list.
        list=${word%"${word##*,}"}
        words=$(plugboard __complete --cipher 2>/dev/null)
    elif [[ $command == help ]]; then
        words=$(plugboard __complete 2>/dev/null)
    elif [[ $before == --trace ]]; then
        words='both wire'
    elif [[ $word == -* ]]; then
        words=$(plugboard __complete "$command" 2>/dev/null)
    else
        COMPREPLY=($(compgen -f -- "$word"))
        return
    fi
    COMPREPLY=($(compgen -P "$list" -W "$words" -- "${word#"$list"}"))
}

complete -o filenames -o bashdefault -F _plugboard plugboard
