"""Random block-structured procedures, with an independent answer to which tasks are ready.

A block is a tuple: ``("task", n)``, ``("seq", blocks)``, ``("par", n, blocks)``,
``("xor", n, blocks, chosen)``, ``("or", n, blocks, chosen set)``, ``("sub", n, block)``,
``("loop", n, block, times)`` or, where messages are wanted, ``("watch", n)``, a task with a
message boundary event, and ``("talk", n, how, first, rest, other)``: ``first``, then a message is
sent and ``rest`` follows, while side by side the message is waited for and ``other`` follows;
``how`` are the kinds of the sending and of the waiting node. Numbers make ids unique. Choices are
fixed beforehand and told to the procedure through variables.
"""

import itertools

from hypothesis import strategies as st


def blocks(*, loops=True, messages=False, depth=3):
    """Strategy of blocks with unique numbers."""
    return _shapes(loops, messages, depth).map(_numbered)


def _shapes(loops, messages, depth):
    leaf = st.just(("task",))
    if depth == 0:
        return leaf
    inner = _shapes(loops, messages, depth - 1)
    several = st.lists(inner, min_size=2, max_size=3)
    choices = [
        leaf,
        st.tuples(st.just("seq"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("par"), several),
        st.tuples(st.just("xor"), several, st.integers(0, 2)),
        st.tuples(st.just("or"), several, st.sets(st.integers(0, 2), min_size=1)),
        st.tuples(st.just("sub"), inner),
    ]
    if loops:
        choices.append(st.tuples(st.just("loop"), inner, st.integers(1, 3)))
    if messages:
        how = st.tuples(st.sampled_from(["send", "throw"]), st.sampled_from(["receive", "catch"]))
        choices.append(st.just(("watch",)))
        choices.append(st.tuples(st.just("talk"), how, inner, inner, inner))
    return st.one_of(*choices)


def _numbered(shape):
    numbers = itertools.count()

    def visit(item):
        match item:
            case (("task" | "watch") as kind,):
                return (kind, next(numbers))
            case ("talk", how, *parts):
                return ("talk", next(numbers), how, *(visit(part) for part in parts))
            case ("seq", parts):
                return ("seq", [visit(part) for part in parts])
            case ("par", parts):
                return ("par", next(numbers), [visit(part) for part in parts])
            case ("xor", parts, chosen):
                return ("xor", next(numbers), [visit(p) for p in parts], chosen % len(parts))
            case ("or", parts, chosen):
                some = {index % len(parts) for index in chosen}
                return ("or", next(numbers), [visit(p) for p in parts], some)
            case ("sub", part):
                return ("sub", next(numbers), visit(part))
            case ("loop", part, times):
                return ("loop", next(numbers), visit(part), times)

    return visit(shape)


def ready(block, done, round_=0):
    """Tasks that must be open, and whether the block is over.

    Args:
        block: The block.
        done: How often each task was completed.
        round_: How often the block was over before.
    """
    match block:
        case ("task" | "watch", number):
            over = done.get(f"t{number}", 0) > round_
            return (set() if over else {f"t{number}"}), over
        case ("seq", parts):
            for part in parts:
                open_, over = ready(part, done, round_)
                if not over:
                    return open_, False
            return set(), True
        case ("par", _, parts):
            return _all(parts, done, round_)
        case ("xor", _, parts, chosen):
            return ready(parts[chosen], done, round_)
        case ("or", _, parts, chosen):
            return _all([parts[index] for index in sorted(chosen)], done, round_)
        case ("sub", _, part):
            return ready(part, done, round_)
        case ("talk", _, _, first, rest, other):
            return _all([("seq", [first, rest]), ("seq", [first, other])], done, round_)
        case ("loop", number, part, times):
            for turn in range(times):
                again = round_ * times + turn
                parts = [part, ("task", f"l{number}")]
                open_, over = ready(("seq", parts), done, again)
                if not over:
                    return open_, False
            return set(), True


def _all(parts, done, round_):
    answers = [ready(part, done, round_) for part in parts]
    return set().union(*(open_ for open_, _ in answers)), all(over for _, over in answers)


def variables(block):
    """What the procedure must be started with for the choices to fall as fixed."""
    found = {}
    for item in _walk(block):
        match item:
            case ("xor", number, _, chosen):
                found[f"x{number}"] = chosen
            case ("or", number, parts, chosen):
                found |= {f"o{number}_{i}": i in chosen for i in range(len(parts))}
            case ("loop", number, _, _):
                found[f"n{number}"] = 0
    return found


def turns(block):
    """For the task that ends each loop: the loop's number and how often it turns."""
    return {f"tl{item[1]}": (item[1], item[3]) for item in _walk(block) if item[0] == "loop"}


def _walk(block):
    yield block
    match block:
        case ("seq", parts) | ("par", _, parts) | ("xor", _, parts, _) | ("or", _, parts, _):
            for part in parts:
                yield from _walk(part)
        case ("sub", _, part) | ("loop", _, part, _):
            yield from _walk(part)
        case ("talk", _, _, *parts):
            for part in parts:
                yield from _walk(part)


def source(block):
    """The model in the text of ``build.model``."""
    lines = ["start s", "end e"]
    first, last = _write(block, lines)
    return "\n".join([*lines, f"s -> {first}", f"{last} -> e"])


def _write(block, lines):
    match block:
        case ("task", number):
            lines.append(f"user t{number}")
            return f"t{number}", f"t{number}"
        case ("watch", number):
            lines.extend([f"user t{number}", f"user r{number}", f"xor w{number}"])
            lines.append(f"boundary b{number} on=t{number} message=never")
            lines.extend([f"t{number} -> w{number}", f"b{number} -> r{number} -> w{number}"])
            return f"t{number}", f"w{number}"
        case ("talk", number, how, *parts):
            return _talk(number, how, parts, lines)
        case ("seq", parts):
            ends = [_write(part, lines) for part in parts]
            for (_, last), (first, _) in itertools.pairwise(ends):
                lines.append(f"{last} -> {first}")
            return ends[0][0], ends[-1][1]
        case ("par", number, parts):
            return _split("and", number, parts, lines, lambda _: "")
        case ("xor", number, parts, _):
            return _split("xor", number, parts, lines, lambda i: f" : x{number} == {i}")
        case ("or", number, parts, _):
            return _split("or", number, parts, lines, lambda i: f" : o{number}_{i}")
        case ("sub", number, part):
            lines.extend([f"sub p{number} {{", f"start ps{number}", f"end pe{number}"])
            first, last = _write(part, lines)
            lines.extend([f"ps{number} -> {first}", f"{last} -> pe{number}", "}"])
            return f"p{number}", f"p{number}"
        case ("loop", number, part, _):
            first, last = _write(("seq", [part, ("task", f"l{number}")]), lines)
            lines.extend([f"xor h{number}", f"xor g{number}", f"h{number} -> {first}"])
            lines.append(f"{last} -> g{number}")
            lines.append(f"g{number} -> h{number} : n{number} != 0")
            lines.append(f"xor q{number}")
            lines.append(f"g{number} -> q{number} : n{number} == 0")
            return f"h{number}", f"q{number}"


def _talk(number, how, parts, lines):
    sends, waits = how
    lines.extend([f"and f{number}", f"and j{number}"])
    lines.append(f"{sends} s{number} message=m{number}")
    lines.append(f"{waits} c{number} message=m{number}")
    first, rest, other = (_write(part, lines) for part in parts)
    lines.append(f"f{number} -> {first[0]}")
    lines.append(f"{first[1]} -> s{number} -> {rest[0]}")
    lines.append(f"{rest[1]} -> j{number}")
    lines.append(f"f{number} -> c{number} -> {other[0]}")
    lines.append(f"{other[1]} -> j{number}")
    return f"f{number}", f"j{number}"


def _split(kind, number, parts, lines, condition):
    lines.extend([f"{kind} f{number}", f"{kind} j{number}"])
    for index, part in enumerate(parts):
        first, last = _write(part, lines)
        lines.append(f"f{number} -> {first}{condition(index)}")
        lines.append(f"{last} -> j{number}")
    return f"f{number}", f"j{number}"
