//! Hands: each draws any scene in its own way. One file a hand; to add one, a variant and its name (`hand`), and its line in `HANDS`.

mod blueprint;
mod chalk;
mod crayon;
mod dark;
mod marker;
mod mixed;
mod pencil;
mod pixel;
mod plain;
mod plot;
mod slide;
mod textbook;
mod whiteboard;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::bank::Bank;
use super::camera::{Camera, Shot};
use super::hand::Hand;
use super::style::Style;
use super::task_type::Split;

/// What is known of a hand.
struct Known {
    hand: Hand,
    /// How often it is chosen; 0 is never trained on: the unseen hands.
    weight: f32,
    /// Decides the look of a scene, but for the font and the camera.
    style: fn(&mut ChaCha8Rng) -> Style,
    /// The cameras that such drawings meet, and how often.
    cameras: &'static [(Camera, f32)],
}

const ON_SCREENS: &[(Camera, f32)] = &[(Camera::None, 5.0), (Camera::Screenshot, 3.0), (Camera::Screen, 1.0)];
const ON_PAPER: &[(Camera, f32)] = &[(Camera::None, 1.5), (Camera::Phone, 5.0), (Camera::Scan, 2.0)];
const PRINTED: &[(Camera, f32)] =
    &[(Camera::None, 3.0), (Camera::Scan, 3.0), (Camera::Phone, 2.0), (Camera::Screenshot, 1.0)];
const ON_WALLS: &[(Camera, f32)] = &[(Camera::None, 2.0), (Camera::Phone, 5.0)];
const ANYWHERE: &[(Camera, f32)] =
    &[(Camera::None, 3.0), (Camera::Screenshot, 2.0), (Camera::Screen, 1.0), (Camera::Phone, 3.0), (Camera::Scan, 1.5)];
/// What the unseen hands meet: cameras of training, and one that isn't.
const UNSEEN: &[(Camera, f32)] =
    &[(Camera::None, 2.0), (Camera::Phone, 3.0), (Camera::Scan, 1.0), (Camera::Photocopy, 1.0)];

/// One line a hand, in the order of the variants.
const HANDS: [Known; 13] = [
    Known { hand: Hand::Plain, weight: 2.0, style: plain::style, cameras: ON_SCREENS },
    Known { hand: Hand::Plot, weight: 2.5, style: plot::style, cameras: ON_SCREENS },
    Known { hand: Hand::Textbook, weight: 1.5, style: textbook::style, cameras: PRINTED },
    Known { hand: Hand::Slide, weight: 1.0, style: slide::style, cameras: ON_SCREENS },
    Known { hand: Hand::Marker, weight: 1.8, style: marker::style, cameras: ON_PAPER },
    Known { hand: Hand::Pencil, weight: 1.2, style: pencil::style, cameras: ON_PAPER },
    Known { hand: Hand::Chalk, weight: 0.7, style: chalk::style, cameras: ON_WALLS },
    Known { hand: Hand::Whiteboard, weight: 0.9, style: whiteboard::style, cameras: ON_WALLS },
    Known { hand: Hand::Pixel, weight: 0.5, style: pixel::style, cameras: ON_SCREENS },
    Known { hand: Hand::Dark, weight: 0.8, style: dark::style, cameras: ON_SCREENS },
    Known { hand: Hand::Blueprint, weight: 0.0, style: blueprint::style, cameras: UNSEEN },
    Known { hand: Hand::Crayon, weight: 0.0, style: crayon::style, cameras: UNSEEN },
    Known { hand: Hand::Mixed, weight: 9.0, style: mixed::style, cameras: ANYWHERE },
];

impl Hand {
    fn known(self) -> &'static Known {
        &HANDS[self as usize]
    }

    /// Whether training never shows it.
    pub fn unseen(self) -> bool {
        self.known().weight == 0.0
    }

    /// A hand by chance, one of those that the split has.
    pub fn choose(split: Split, rng: &mut ChaCha8Rng) -> Hand {
        if split == Split::UnseenHand {
            let unseen: Vec<Hand> = Hand::all().filter(|hand| hand.unseen()).collect();
            return *unseen.choose(rng).expect("two hands are unseen");
        }
        // Benchmarks hold what people draw.
        let fits = |known: &Known| if split == Split::Train || known.hand != Hand::Mixed { known.weight } else { 0.0 };
        HANDS.choose_weighted(rng, fits).expect("weights above 0").hand
    }

    /// The look of one scene by this hand, before a camera that such drawings meet.
    pub fn style(self, bank: &Bank, split: Split, rng: &mut ChaCha8Rng) -> Style {
        let known = self.known();
        let mut style = (known.style)(rng);
        style.font = bank.font(split, rng);
        style.touch.seed = rng.random();
        let camera = known.cameras.choose_weighted(rng, |(_, weight)| *weight).expect("weights above 0").0;
        style.shot = Shot::sample(camera, rng);
        style
    }
}
