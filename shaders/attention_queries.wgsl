// The queries of an invocation, TOKENS neighbours of one head: where they lie, and the keys that they see.
// Places past the last token repeat it and are not stored.
    let tokens = sizes.tokens;
    let first = id.x * u32(TOKENS);
    if (first >= tokens) { return; }
    let head = id.y % sizes.query_heads;
    let batch = id.y / sizes.query_heads;
    let fours = u32(FOURS);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let key_value = head / (sizes.query_heads / sizes.key_value_heads);
    let keys_at = batch * tokens * row + (sizes.query_heads + key_value) * fours;
    let to_value = sizes.key_value_heads * fours;

    var begin = tokens;
    var end = 0u;
#repeat t TOKENS
    let i$t = min(first + $tu, tokens - 1u);
    let begin$t = first_key(sizes, starts[batch * tokens + i$t]);
    let end$t = end_of_keys(sizes, i$t);
    begin = min(begin, begin$t);
    end = max(end, end$t);
    let query_at$t = (batch * tokens + i$t) * row + head * fours;
#end
