//! Words that name nothing which can be asked for, and names that are better not said to be absent.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::super::{Bank, Split, phrasing};

/// Things that no question of the tasks names.
const NOUNS: &str = "s accordion almanac anvil archway armchair awning backpack bagpipe balcony banjo barrel bathtub beaver \
    beetle blender boot bottle broom buckle bulldozer cabinet canoe carpet ceiling chandelier chimney chisel \
    clarinet cobweb collar corkscrew crayon curtain dentist doorbell drawer dustpan easel escalator eyebrow \
    faucet fence ferret fountain freezer furnace gazebo goblet gondola gravel hammock hinge hydrant jacket \
    kettle keyboard ladder lantern lawyer lighthouse loom man mattress mirror monocle napkin necklace oven \
    pendulum person pillow plumber pulley radiator razor rug sandal saxophone shelf shovel sofa spatula \
    stapler table teapot thermostat toaster tractor tripod tuba vase wagon walnut wardrobe whisk window \
    woman wrench zipper";

/// The same for tests alone.
const NOUNS_FOR_TESTS: &str = "abacus antenna badger bench boomerang bucket cello compass desk door fridge funnel gargoyle girl harp \
    jug kayak lampshade microscope padlock periscope plank plough scarecrow stethoscope teacher trombone \
    trowel wheelbarrow windmill";

/// Words of no language, for tests alone; training makes up its own.
const INVENTED_FOR_TESTS: &str = "blicket wug dax gorp florp snarv tulver zibble quoft mimbol drenk pluvish karno vesk hobrix yentle \
    sprolk grintle ossip trabbo nalk fidgem loorby cheppit";

/// What a photo may show by itself.
const SCENERY: &str = "tree house car bus truck train boat ship bicycle bike flower sunflower rose leaf cactus mushroom cloud \
    sun moon star book clock lamp chair bed cup bell hat ball bird crown tent";

/// What a drawing of shapes could seem to show.
const LIKE_SHAPES: &str = "star ball heart moon sun robot box arrow ring balloon cookie donut pizza coin clock diamond egg orange \
    button gift snowflake gem";

/// Whether a photo may show a thing without a sticker of it.
pub fn in_scenery(name: &str) -> bool {
    SCENERY.split(' ').any(|known| known == name)
}

/// Whether a drawing could be taken for a thing.
pub fn like_shape(name: &str) -> bool {
    LIKE_SHAPES.split(' ').any(|known| known == name)
}

/// A word that no question which has an answer names: half of the time one of no language.
pub fn unknown(bank: &Bank, split: Split, rng: &mut ChaCha8Rng) -> String {
    let by_chance = |words: &'static str, rng: &mut ChaCha8Rng| {
        words.split(' ').collect::<Vec<_>>().choose(rng).expect("not empty").to_string()
    };
    loop {
        let word = match (split, rng.random_bool(0.5)) {
            (Split::Train, true) => invented(rng),
            (Split::Train, false) => by_chance(NOUNS, rng),
            (_, true) => by_chance(INVENTED_FOR_TESTS, rng),
            (_, false) => by_chance(NOUNS_FOR_TESTS, rng),
        };
        let for_tests = |words: &str| words.split(' ').any(|other| other == word);
        let taken = split == Split::Train && (for_tests(NOUNS_FOR_TESTS) || for_tests(INVENTED_FOR_TESTS));
        if !taken && !bank.knows(&word) && !phrasing::says(&word) {
            return word;
        }
    }
}

/// One or two syllables, four letters at least.
fn invented(rng: &mut ChaCha8Rng) -> String {
    const ONSETS: &str = "b bl d dr f fl g gl k kr l m n p pl r s sk t v w z";
    const VOWELS: &str = "a e i o u ee oo ai";
    const CODAS: &str = "b ck d ft g lk m mp n nd p rn t x";
    let mut part = |parts: &'static str| *parts.split(' ').collect::<Vec<_>>().choose(rng).expect("not empty");
    let first = [part(ONSETS), part(VOWELS), part(CODAS)].concat();
    let second = [part(VOWELS), part(CODAS)].concat();
    if first.len() < 4 { first + &second } else { first }
}

/// More than one of a thing.
pub fn plural(noun: &str) -> String {
    match noun {
        "man" => "men".to_string(),
        "woman" => "women".to_string(),
        "person" => "people".to_string(),
        "shelf" => "shelves".to_string(),
        _ if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}
